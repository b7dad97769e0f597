// The arithmetic of the virtual grid: what fits, which rows are drawn, where a key or a scroll leads.

export const GAP_PX = 12;
export const DAY_PX = 26; // above each row instead, where days have names

/** How wide cells are at least, in a wide window and on a phone, and how high what is told below them. */
const CELLS = {
  small: { wide: 112, narrow: 96, columns: 3, captionPx: 26 },
  medium: { wide: 172, narrow: 140, columns: 2, captionPx: 62 },
  large: { wide: 280, narrow: 280, columns: 1, captionPx: 62 },
};

const OVERSCAN_ROWS = 3;
const MOST_CELLS = 160;
const TALLEST_PX = 15_000_000; // Firefox draws nothing beyond about 17.8 million

/**
 * `value`, but from 0 to `most`.
 *
 * @param {number} value
 * @param {number} most
 */
export const clamp = (value, most) => Math.max(0, Math.min(value, most));

/**
 * How many columns fit into `width` px, and how large cells and rows then are. Rows are all alike, also
 * those that begin no day: so the place of each is known, however many days there are.
 *
 * @param {number} width
 * @param {{ size?: import("./size.js").Size, days?: boolean }} how
 */
export function fitInto(width, { size = "medium", days = false } = {}) {
  const cells = CELLS[size];
  const least = width < 620 ? cells.narrow : cells.wide;
  const columns = Math.max(cells.columns, Math.floor((width + GAP_PX) / (least + GAP_PX)));
  const cellPx = Math.floor((width - GAP_PX * (columns - 1)) / columns);
  const { captionPx } = cells;
  return { columns, cellPx, captionPx, rowPx: cellPx + captionPx + (days ? DAY_PX : GAP_PX) };
}

/**
 * The height that the element of a list of `fullPx` may have.
 *
 * @param {number} fullPx
 */
export const tall = (fullPx) => Math.min(fullPx, TALLEST_PX);

/**
 * How many px of scrolling a px of the list is: 1, or less where the list is too tall.
 *
 * @param {number} fullPx
 * @param {number} windowPx
 */
export const ratioOf = (fullPx, windowPx) => (fullPx <= TALLEST_PX ? 1 : (TALLEST_PX - windowPx) / (fullPx - windowPx));

/**
 * The rows in sight from `top` on, and with those around them: [first, behind the last] of both.
 *
 * @param {{ top: number, windowPx: number, rowPx: number, rowCount: number, columns: number }} grid
 */
export function rowsAt({ top, windowPx, rowPx, rowCount, columns }) {
  const sight = [Math.floor(top / rowPx), Math.min(rowCount, Math.ceil((top + windowPx) / rowPx))];
  const over = clamp(Math.floor((MOST_CELLS / columns - (sight[1] - sight[0])) / 2), OVERSCAN_ROWS);
  return { sight, drawn: [Math.max(0, sight[0] - over), Math.min(rowCount, sight[1] + over)] };
}

/**
 * The images from a row before the first in sight to a row behind the last.
 *
 * @param {{ top: number, windowPx: number, rowPx: number, columns: number, count: number }} grid
 * @returns {[number, number]}
 */
export function imagesAt({ top, windowPx, rowPx, columns, count }) {
  const first = Math.max(0, Math.floor(top / rowPx) - 1) * columns;
  return [first, Math.min(count, (Math.ceil((top + windowPx) / rowPx) + 1) * columns)];
}

/**
 * The place in the list after the element was scrolled from `before` to `now`. In a list that is too
 * tall, small steps are steps in the list itself; a jump, or an end, leads to that part of it.
 *
 * @param {{ top: number, before: number, now: number, fullPx: number, windowPx: number }} grid
 */
export function placeAfterScroll({ top, before, now, fullPx, windowPx }) {
  const ratio = ratioOf(fullPx, windowPx);
  const moved = now - before;
  if (ratio === 1) return now;
  if (Math.abs(moved) < windowPx && now > 0 && now < tall(fullPx) - windowPx - 1)
    return clamp(top + moved, fullPx - windowPx);
  return moved ? clamp(now / ratio, fullPx - windowPx) : top;
}

/**
 * Where `key` leads from image `current`, undefined for other keys; it may be before 0 or behind `last`.
 * With `leftwards` a row begins at its right.
 *
 * @param {string} key
 * @param {{ current: number, last: number, columns: number, rowsInSight: number, leftwards?: boolean }} grid
 * @returns {number | undefined}
 */
export function placeAfterKey(key, { current, last, columns, rowsInSight, leftwards = false }) {
  const right = leftwards ? -1 : 1;
  const page = Math.max(1, rowsInSight) * columns;
  /** @type {{ [key: string]: number }} */
  const places = {
    ArrowRight: current + right,
    ArrowLeft: current - right,
    ArrowDown: current + columns,
    ArrowUp: current - columns,
    Home: 0,
    End: last,
    PageDown: Math.min(last, current + page),
    PageUp: Math.max(0, current - page),
  };
  return places[key];
}
