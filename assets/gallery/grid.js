// The virtual grid: of any number of images only the rows in sight are in the document.
// Its own scroll container; roving tabindex; what keys and clicks do is told to `act`.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { makeCell } from "./cell.js";
import { makeDays } from "./days.js";
import {
  clamp,
  DAY_PX,
  fitInto,
  GAP_PX,
  imagesAt,
  placeAfterKey,
  placeAfterScroll,
  ratioOf,
  rowsAt,
  tall,
} from "./places.js";
import { clickedOn, deedOf } from "./pressed.js";

const FAST_MS = 60;
const STAND_INS = 24; // cells to see while the first answer is under way

/**
 * A grid over `list` that marks what `selection` has; `words.model(id)` names models.
 * `act(name, index, given)` is called for what keys and clicks ask for. `look()` is how large the
 * thumbnails are, and whether the days are named, each at its first image and the one in sight above all;
 * `covered()` is how many px at the foot the bar for what is selected takes.
 *
 * @param {{
 *   list: import("./list.js").List,
 *   selection: import("./selection.js").Selection,
 *   words: import("./cell.js").Words,
 *   look: () => { size: import("./size.js").Size, days: boolean },
 *   act: (name: import("./deeds.js").Act, index: number, given?: import("./deeds.js").Given) => void,
 *   covered: () => number,
 *   scrolled?: () => void,
 * }} gallery
 */
export function makeGrid({ list, selection, words, look, act, covered, scrolled = () => {} }) {
  const inner = h("div", { class: "inner", role: "grid", "aria-label": msg("Images"), "aria-multiselectable": "true" });
  const dayText = h("span");
  const day = h("div", { class: "day-in-sight", "aria-hidden": "true", hidden: true }, dayText);
  const root = h("div", { class: "wall", tabindex: "-1" }, day, inner);
  const days = makeDays(list.at);
  /** @typedef {{ element: HTMLElement, cells: ReturnType<typeof makeCell>[] }} Row */
  /** @type {Map<number, Row>} */
  const rows = new Map(); // by number
  let columns = 0;
  let cellPx = 0;
  let rowPx = 1;
  let named = false; // whether the days are
  let top = 0; // the place in the whole list in px; differs from scrollTop beyond TALLEST_PX
  let lastScrollTop = 0;
  let current = 0; // the cell that the Tab key reaches
  let epoch = 0;
  let lastScroll = { at: -Infinity, top: 0 };
  let wantTimer = 0;

  const count = () => list.total ?? STAND_INS;
  const rowCount = () => Math.ceil(count() / columns);
  const foot = () => (selection.size ? Math.max(96, covered() + 42) : GAP_PX);
  const fullPx = () => rowCount() * rowPx + foot();
  const ratio = () => ratioOf(fullPx(), root.clientHeight);
  const focused = () => root.contains(document.activeElement) && document.activeElement !== root;

  function layout() {
    root.style.setProperty("--bar", `${root.offsetWidth - root.clientWidth}px`);
    const width = inner.clientWidth;
    if (!width) return;
    const { size, days: naming } = look();
    const fit = fitInto(width, { size, days: naming });
    if (fit.columns !== columns || fit.cellPx !== cellPx || fit.rowPx !== rowPx) {
      const first = columns ? Math.round(top / rowPx) * columns : 0;
      const held = focused() ? current : -1;
      ({ columns, cellPx, rowPx } = fit);
      named = naming;
      root.dataset.size = size;
      root.style.setProperty("--day", named ? `${DAY_PX}px` : "0px");
      inner.style.setProperty("--columns", String(columns));
      inner.style.setProperty("--cell", `${cellPx}px`);
      inner.style.setProperty("--caption", `${fit.captionPx}px`);
      inner.setAttribute("aria-colcount", String(columns));
      clear();
      resize();
      scrollTo(Math.floor(first / columns) * rowPx);
      draw();
      if (held >= 0) rows.get(Math.floor(held / columns))?.cells[held % columns]?.open.focus({ preventScroll: true });
      return;
    }
    resize();
    draw();
  }

  function resize() {
    inner.style.height = `${tall(fullPx())}px`;
    inner.setAttribute("aria-rowcount", String(list.least ? -1 : rowCount())); // -1: not known yet
  }

  function clear() {
    for (const number of [...rows.keys()]) discard(number);
  }

  /** @param {number} number */
  function discard(number) {
    const row = rows.get(number);
    for (const cell of row?.cells ?? []) cell.free();
    row?.element.remove();
    rows.delete(number);
  }

  function draw() {
    if (!columns) return;
    const total = count();
    const { sight, drawn } = rowsAt({ top, windowPx: root.clientHeight, rowPx, rowCount: rowCount(), columns });
    const [from, to] = drawn;
    const focusRow = focused() ? Math.floor(current / columns) : -1;
    if (focusRow < 0 && (current < sight[0] * columns || current >= sight[1] * columns))
      current = clamp(sight[0] * columns, total - 1);
    for (const number of rows.keys()) {
      if ((number < from || number >= to) && (number !== focusRow || number >= rowCount())) discard(number);
    }
    for (let number = from; number < to; number += 1) if (!rows.has(number)) rows.set(number, makeRow(number));
    /** @param {number} number */
    const near = (number) => number >= sight[0] && number < sight[1];
    for (const [number, row] of rows) if (near(number)) fill(number, row, total, true); // their pictures come first
    for (const [number, row] of rows) if (!near(number)) fill(number, row, total, false);
    const first = named ? list.at(Math.floor((top + DAY_PX / 2) / rowPx) * columns) : null;
    day.hidden = !first;
    if (first) dayText.textContent = days.name(first.created);
  }

  /**
   * @param {number} number
   * @returns {Row}
   */
  function makeRow(number) {
    const element = h("div", { class: "row", role: "row", "aria-rowindex": number + 1, dataset: { row: number } });
    const next = [...inner.children].find((other) => Number(/** @type {HTMLElement} */ (other).dataset.row) > number);
    inner.insertBefore(element, next ?? null);
    return { element, cells: [] };
  }

  /**
   * @param {number} number
   * @param {Row} row
   * @param {number} total
   * @param {boolean} near
   */
  function fill(number, row, total, near) {
    row.element.style.top = `${Math.round(number * rowPx - top + root.scrollTop)}px`;
    const length = Math.min(columns, total - number * columns);
    while (row.cells.length > length) {
      const cell = row.cells.pop();
      cell?.free();
      cell?.root.remove();
    }
    while (row.cells.length < length) {
      const cell = makeCell(words);
      cell.root.setAttribute("aria-colindex", String(row.cells.length + 1));
      row.cells.push(cell);
      row.element.append(cell.root);
    }
    row.cells.forEach((cell, column) => {
      const index = number * columns + column;
      const record = list.at(index);
      cell.show({
        record,
        index,
        total: list.least ? null : total,
        near,
        epoch,
        day: named ? days.begun(index) : "",
        dayOf: named && record ? days.name(record.created) : "",
        selected: record !== null && selection.has(record.id),
        reachable: index === current,
      });
    });
  }

  /** Tell the list what is in sight, at once or, while scrolling fast, when it slows down. */
  function want() {
    const [from, to] = imagesAt({ top, windowPx: root.clientHeight, rowPx, columns, count: count() });
    list.want(from, to);
  }

  function scroll() {
    const now = root.scrollTop;
    const place = { top, before: lastScrollTop, now, fullPx: fullPx(), windowPx: root.clientHeight };
    top = placeAfterScroll(place);
    lastScrollTop = now;
    const fast = performance.now() - lastScroll.at < 150 && Math.abs(top - lastScroll.top) > root.clientHeight;
    lastScroll = { at: performance.now(), top };
    draw();
    clearTimeout(wantTimer);
    if (fast) wantTimer = setTimeout(want, FAST_MS);
    else want();
    scrolled();
  }

  /** @param {number} place */
  function scrollTo(place) {
    top = clamp(place, Math.max(0, fullPx() - root.clientHeight));
    root.scrollTop = top * ratio();
    lastScrollTop = root.scrollTop;
    if (ratio() === 1) top = lastScrollTop;
  }

  /**
   * Make `index` the current cell, in sight, and give it the focus.
   *
   * @param {number} index
   */
  function focusOn(index) {
    if (!count()) return root.focus({ preventScroll: true });
    current = clamp(index, count() - 1);
    const place = Math.floor(current / columns) * rowPx;
    const bottom = top + root.clientHeight - (selection.size ? foot() - GAP_PX : 0);
    if (place < top) scrollTo(place);
    else if (place + rowPx > bottom) scrollTo(place + rowPx - (bottom - top));
    draw();
    rows.get(Math.floor(current / columns))?.cells[current % columns].open.focus({ preventScroll: true });
    draw(); // the row that had the focus before may go now
    want();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.isComposing || event.altKey || !focused()) return;
    if (event.key === "End" && list.least) {
      event.preventDefault();
      list.counted().then(
        () => focused() && key(event),
        () => {},
      );
      return;
    }
    const last = count() - 1;
    const rowsInSight = Math.floor(root.clientHeight / rowPx);
    const to = placeAfterKey(event.key, { current, last, columns, rowsInSight, leftwards: stepFor(1) < 0 });
    const control = event.ctrlKey || event.metaKey;
    if (to !== undefined) {
      if (control && event.key !== "Home" && event.key !== "End") return;
      event.preventDefault();
      if (to < 0 || to > last) return;
      const from = current;
      focusOn(to);
      act(event.shiftKey ? "range" : "move", to, { from });
      return;
    }
    const deed = deedOf(event);
    if (!deed) return;
    event.preventDefault();
    act(deed[0], current, deed[1]);
  }

  inner.addEventListener("click", (event) => {
    const clicked = clickedOn(event);
    if (clicked) act(...clicked);
  });
  inner.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text selected
  inner.addEventListener("change", (event) => {
    const index = Number(/** @type {Element} */ (event.target).closest(".cell")?.dataset.index);
    act("pick", index, {});
    draw();
  });
  inner.addEventListener("focusin", (event) => {
    const cell = /** @type {Element} */ (event.target).closest(".cell");
    if (!cell || Number(cell.dataset.index) === current) return;
    current = Number(cell.dataset.index);
    draw();
  });
  root.addEventListener("keydown", key);
  root.addEventListener("scroll", scroll, { passive: true });
  new ResizeObserver(layout).observe(root);

  return {
    root,
    focusOn,
    focused,
    get current() {
      return current;
    },
    get first() {
      return Math.round(top / rowPx) * columns;
    },
    /** Draw what has changed; `words` says that names of models have. */
    redraw({ words: renamed = false } = {}) {
      epoch += renamed || days.turned() ? 1 : 0;
      if (!columns || root.dataset.size !== look().size) return layout();
      resize();
      const held = focused();
      if (top > fullPx() - root.clientHeight) scrollTo(top);
      current = clamp(current, Math.max(0, count() - 1));
      draw();
      want();
      if (held && !focused()) focusOn(current);
    },
    /**
     * Show place `index` at the top.
     *
     * @param {number} index
     */
    goTo(index) {
      if (columns) {
        layout(); // another order may name no days
        resize();
        scrollTo(Math.floor(index / columns) * rowPx);
      }
      current = index;
    },
  };
}
