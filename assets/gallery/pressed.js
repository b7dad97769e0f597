// What keys and clicks in the grid ask for; where the keys lead that move is in places.js.
import { digitOf, letterOf } from "../shared/keys.js";

/** @typedef {import("./deeds.js").Act} Act */
/** @typedef {import("./deeds.js").Given} Given */

/**
 * What a key does to the current image or the selection, null for others.
 *
 * @param {KeyboardEvent} event
 * @returns {[name: Act, given: Given] | null}
 */
export function deedOf(event) {
  const control = event.ctrlKey || event.metaKey;
  const letter = event.shiftKey ? "" : letterOf(event);
  const digit = digitOf(event);
  if (control && letter === "a") return ["all", {}];
  if (control || event.repeat) return null;
  if (letter === "s") return ["star", { key: true }];
  if (letter === "x") return ["pick", { key: true }];
  if (/^[0-5]$/.test(digit)) return ["rate", { rating: Number(digit) }];
  return event.key === "Delete" && !event.shiftKey ? ["delete", {}] : null;
}

/**
 * What a click does, and to which image; null where it is none of the grid's.
 *
 * @param {MouseEvent} event
 * @returns {[name: Act, index: number, given: Given] | null}
 */
export function clickedOn(event) {
  const target = /** @type {Element} */ (event.target);
  const cell = target.closest(".cell");
  if (!cell || target.closest(".pick")) return null;
  const index = Number(cell.dataset.index);
  if (target.closest(".starring")) return ["star", index, {}];
  if (!target.closest(".open")) return null;
  if (event.shiftKey) return ["range", index, { click: true }];
  return [event.ctrlKey || event.metaKey ? "pick" : "open", index, {}];
}
