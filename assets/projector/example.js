// An idea that writes itself: what one might send, shown rather than explained.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const LETTER_MS = 70;
const REST_MS = 4000;
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

const EXAMPLES = [
  msg("a lighthouse in a storm, oil on canvas"),
  msg("our town in the year 2200"),
  msg("a cat who conducts an orchestra"),
  msg("a paper boat on a sea of clouds"),
];

/** The line; `play(on)` lets it write, or rests. */
export function makeExample() {
  const text = h("bdi");
  const root = h("p", { class: "example", "aria-hidden": "true" }, text, h("span", { class: "caret" }));
  let [which, length, timer] = [0, 0, 0];

  function step() {
    const letters = [...EXAMPLES[which]];
    length = CALM.matches ? letters.length : length + 1;
    text.textContent = letters.slice(0, length).join("");
    const done = length >= letters.length;
    if (done) [which, length] = [(which + 1) % EXAMPLES.length, 0];
    timer = setTimeout(step, done ? REST_MS : LETTER_MS);
  }

  return {
    root,
    /** @param {boolean} on */
    play(on) {
      root.hidden = !on;
      if (on === timer > 0) return;
      clearTimeout(timer);
      timer = 0;
      if (on) step();
    },
  };
}
