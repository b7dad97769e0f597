// What of a batch was not sent, as one line with a way to have it made after all.
import { newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { pressedNow } from "../shared/press.js";
import { when } from "../shared/words.js";

/** By why it was not sent: [of one, of several]. */
const NOT_SENT = {
  stopped: ["1 was not sent.", (/** @type {number} */ n) => `${n} were not sent.`],
  failed: [
    "1 was not sent, because another one failed.",
    (/** @type {number} */ n) => `${n} were not sent, because another one failed.`,
  ],
  ended: [
    "1 was not sent: the program ended before.",
    (/** @type {number} */ n) => `${n} were not sent: the program ended before.`,
  ],
};
const MAKE = ["Make it", "Make them"];

/** @param {string} at */
const askedAgain = (at) => `Asked for again at ${at}`;

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
  const [one, several] = NOT_SENT[told[0].unsent ?? "stopped"];
  return {
    text: told.length === 1 ? String(one) : /** @type {(n: number) => string} */ (several)(told.length),
    make: MAKE[told.length === 1 ? 0 : 1],
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
      link.textContent = askedAgain(when(tried.created));
      link.onclick = () => reveal(tried);
    },
  };
}
