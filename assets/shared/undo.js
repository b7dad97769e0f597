// What can be taken back, the last of it by Ctrl+Z; in a text Ctrl+Z is the text's own.
import { letterOf } from "./keys.js";

const MOST = 50;

/** @type {Undoable[]} */
const offers = []; // the newest last

/**
 * Undoable to take something back: `act()` does so, once.
 *
 * @param {() => unknown} act
 * @returns {Undoable}
 */
export function offer(act) {
  /** @type {(() => void)[]} */
  const heard = [];
  const mine = {
    run() {
      if (mine.withdraw()) act();
    },
    withdraw() {
      const at = offers.indexOf(mine);
      if (at < 0) return false;
      offers.splice(at, 1);
      for (const hear of heard) hear();
      return true;
    },
    /** @param {() => void} hear */
    withdrawn: (hear) => heard.push(hear),
  };
  offers.push(mine);
  if (offers.length > MOST) offers[0].withdraw();
  return mine;
}

document.addEventListener("keydown", (event) => {
  if (letterOf(event) !== "z" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const target = /** @type {Element} */ (event.target);
  if (target.closest?.("input:not([type=checkbox], [type=radio]), textarea, [contenteditable]")) return;
  const last = offers.at(-1);
  if (!last) return;
  event.preventDefault();
  last.run();
});
