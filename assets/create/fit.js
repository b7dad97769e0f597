// How the images of a batch are laid out so that all of them are seen at once, as large as they can.

const GAP_PX = 16;
const BELOW_PX = 84; // what stands below an image: its facts and two buttons
const AROUND_PX = 110; // a batch's head, its bar and its edges
const NARROW_PX = 240; // too narrow for the words of what went wrong
const LEAST_PX = 140; // a side below which nothing is recognized: then the page scrolls

/**
 * The best columns for `count` images of `shape` (width / height) in a place of these CSS pixels, and
 * the width of each.
 *
 * @param {number} count
 * @param {number} shape
 * @param {number} width
 * @param {number} height
 * @returns {{ columns: number, width: number }}
 */
export function fit(count, shape, width, height) {
  let best = { columns: 1, width: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const across = (width - GAP_PX * (columns - 1)) / columns;
    const down = (height - GAP_PX * (rows - 1)) / rows - BELOW_PX;
    const size = Math.min(across, down * shape);
    if (size > best.width) best = { columns, width: size };
  }
  const least = LEAST_PX * Math.max(1, shape);
  if (best.width >= Math.min(least, width)) return { ...best, width: Math.floor(best.width) };
  const columns = Math.max(1, Math.min(count, Math.floor((width + GAP_PX) / (least + GAP_PX))));
  return { columns, width: Math.floor((width - GAP_PX * (columns - 1)) / columns) };
}

/**
 * Lay a batch's cards out for the window.
 *
 * @param {HTMLElement} cards
 * @param {number} count of those with an image's place
 * @param {number} shape
 */
export function lay(cards, count, shape) {
  const { clientWidth } = cards;
  if (!clientWidth) return; // not on the page yet
  const { columns, width } = fit(count, shape, clientWidth, innerHeight - AROUND_PX);
  cards.style.setProperty("--columns", String(columns));
  cards.style.setProperty("--wide", `${width}px`);
  cards.dataset.narrow = String(width < NARROW_PX);
}
