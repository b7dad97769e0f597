// The results while there are none: what to do, and examples to begin with.
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { isNew } from "./first.js";

const FIRST = msg("Press Generate to make the example in the prompt, or write your own.");
const LATER = msg("Describe an image, then press Generate.");

/**
 * An example of the examples page; `picture` is an address below the program's root.
 *
 * @typedef {{ title: string, picture: string, recipe: string }} Example
 */

/**
 * @param {Example[]} examples
 * @param {(recipe: string) => void} use
 */
export function makeEmpty(examples, use) {
  return h(
    "div",
    { class: "empty" },
    h("h3", { text: msg("Your images appear here") }),
    h("p", { text: isNew() ? FIRST : LATER }),
    h(
      "ul",
      { class: "starts", "aria-label": msg("Examples to begin with") },
      ...examples.map(({ title, picture, recipe }) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", onclick: () => use(recipe) },
            h("img", { src: at(picture), alt: "", width: 720, height: 480, loading: "lazy" }),
            h("span", { text: title }),
          ),
        ),
      ),
    ),
    h("p", {}, h("a", { href: at(PAGES.examples), text: msg("What each of them teaches") })),
  );
}
