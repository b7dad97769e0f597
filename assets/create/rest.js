// What of a batch was not sent, as one line with a way to have it made after all.
import { newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { when } from "../shared/words.js";

/**
 * @param {NonNullable<Run["unsent"]>} why
 * @param {number} n
 */
function notSent(why, n) {
  if (why === "failed")
    return msgN("1 was not sent, because another one failed.", "{n} were not sent, because another one failed.", n);
  if (why === "ended")
    return msgN("1 was not sent: the program ended before.", "{n} were not sent: the program ended before.", n);
  return msgN("1 was not sent.", "{n} were not sent.", n);
}

/**
 * What the line says of these runs; null where all were sent.
 *
 * @param {Run[]} runs
 * @returns {{ text: string, make: string, left: string[], tried: TriedAgain | null } | null}
 */
export function restOf(runs) {
  const unsent = runs.filter((run) => run.state === "cancelled" && !run.dismissed);
  if (unsent.length === 0) return null;
  const left = unsent.filter((run) => !run.tried_again);
  const told = left.length ? left : unsent;
  return {
    text: notSent(told[0].unsent ?? "stopped", told.length),
    make: msgN("Make it", "Make them", told.length),
    left: left.map((run) => run.id),
    tried: left.length ? null : unsent[0].tried_again,
  };
}

/**
 * The line of a batch. `make(ids, press)` has them made; `reveal(tried)` goes to what was.
 *
 * @param {{
 *   make: (runs: string[], press: { mark: string, token: string }) => void,
 *   reveal: (tried: TriedAgain) => void,
 * }} page
 */
export function makeRest({ make, reveal }) {
  const text = h("span");
  /** @type {string[]} */
  let left = [];
  let token = newToken();
  const button = h("button", {
    type: "button",
    onclick: () => make(left, { mark: left[0], token: `${token} ${pressedNow()}` }),
  });
  const link = h("button", { type: "button", class: "tried" });
  const root = h("p", { class: "rest", hidden: true }, text, " ", button, link);

  return {
    root,
    /** @param {Run[]} runs */
    show(runs) {
      const rest = restOf(runs);
      root.hidden = !rest;
      if (!rest) return;
      if (left.join() !== rest.left.join()) token = newToken(); // pressed twice it is one request
      left = rest.left;
      text.textContent = rest.text;
      button.textContent = rest.make;
      button.hidden = left.length === 0;
      const { tried } = rest;
      link.hidden = !tried;
      if (!tried) return;
      link.textContent = msg("Asked for again at {time}", { time: when(tried.created) });
      link.onclick = () => reveal(tried);
    },
  };
}
