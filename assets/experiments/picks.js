// Two cells that are to be compared: picked one after the other, by clicks or by a key.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { openCompare } from "../viewer/compare.js";

/**
 * `name(cell)` is what a cell is called, `mark(picked)` shows which are picked, `focus(cell)` goes
 * back to one.
 *
 * @param {{
 *   name: (cell: CellOf) => string,
 *   mark: (picked: CellOf[]) => void,
 *   focus: (cell: CellOf) => void,
 * }} table
 */
export function makePicks({ name, mark, focus }) {
  let on = false;
  /** @type {CellOf | null} */
  let first = null;
  const button = h("button", {
    type: "button",
    class: "compare-cells",
    text: msg("Compare"),
    title: msg("Compare two cells (c)"),
    "aria-keyshortcuts": "c",
    "aria-pressed": "false",
    onclick: () => turn(!on),
  });
  const hint = h("span", { class: "note picked-hint" });
  const root = h("span", { class: "picks" }, button, hint);

  /** @param {boolean} to */
  function turn(to) {
    on = to;
    take(null);
    if (on) announce(hint.textContent ?? "", { about: "picks" });
  }

  /** @param {CellOf | null} cell */
  function take(cell) {
    first = cell;
    mark(first ? [first] : []);
    button.setAttribute("aria-pressed", String(on || first !== null));
    hint.textContent = first
      ? msg("{cell}: now choose the other one", { cell: name(first) })
      : on
        ? msg("Choose two cells")
        : "";
  }

  return {
    root,
    get on() {
      return on || first !== null;
    },
    /**
     * Pick a cell: the second one opens the comparison.
     *
     * @param {CellOf} cell
     */
    pick(cell) {
      if (!cell.image_id) return;
      const other = first;
      if (!other || other === cell || !other.image_id) {
        take(other === cell ? null : cell);
        announce(hint.textContent || msg("Choose two cells"), { about: "picks" });
        return;
      }
      mark([other, cell]);
      openCompare([other.image_id, cell.image_id], {
        closed: () => {
          take(null);
          focus(cell);
        },
      });
    },
    turn,
    /** Pick none; whether any was. */
    clear() {
      const was = on || first !== null;
      if (was) turn(false);
      return was;
    },
  };
}
