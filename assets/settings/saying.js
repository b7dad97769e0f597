// What a form of this page says: of the whole, or at the field that was refused.

import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { joined, joinedParts } from "../shared/language.js";

/**
 * `said` is where it says what holds for all of it; `inputs` are its fields, as the server calls
 * them; `about` names it to who speaks to screen readers.
 *
 * @param {{ form: HTMLElement, said: HTMLElement, inputs: { [name: string]: HTMLElement }, about: string }} of
 */
export function makeSaying({ form, said, inputs, about }) {
  return { say, refuse, clear };

  /** @param {string} text */
  function say(text, bad = false) {
    said.textContent = text;
    said.classList.toggle("bad", bad);
    announce(text, { about });
  }

  /**
   * Show a refusal at its field and go there, else below the buttons.
   *
   * @param {Refusal} refusal
   */
  function refuse({ field: name, message, hint }) {
    const input = name && inputs[name];
    if (!input) return say(joined(message, hint), true);
    say("");
    const line = h(
      "p",
      { id: `${input.id}-error`, class: "field-error", role: "alert" },
      ...joinedParts(h("strong", { text: message }), hint),
    );
    input.after(line);
    input.setAttribute("aria-invalid", "true");
    describe(input, line);
    input.focus();
    line.scrollIntoView({ block: "nearest" });
  }

  /** Take back what was refused: of all fields, or of the one that was filled since. */
  function clear(only = /** @type {Element | null} */ (null)) {
    for (const input of only ? [only] : form.querySelectorAll("[aria-invalid]")) {
      document.getElementById(`${input.id}-error`)?.remove();
      input.removeAttribute("aria-invalid");
      describe(input);
    }
  }
}

/**
 * @param {Element} input
 * @param {Element[]} more
 */
function describe(input, ...more) {
  const hint = document.getElementById(`${input.id}-hint`);
  const lines = hint ? [hint, ...more] : more;
  if (lines.length) input.setAttribute("aria-describedby", lines.map((line) => line.id).join(" "));
  else input.removeAttribute("aria-describedby");
}
