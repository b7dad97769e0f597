// The colours that images can be filtered by: a dot with its name for each.
import { h } from "../shared/dom.js";
import { COLOURS } from "../shared/facts.js";
import { msg, translated } from "../shared/language.js";
import { group } from "./group.js";

const NAMED = COLOURS.map(([value, name]) => [value, translated(name)]);

/** @type {Record<string, string>} */
const NAMES = Object.fromEntries(NAMED);

/** What the filters say of an order that is by likeness. */
export const MOST_ALIKE = msg("Most alike");

/** The dots, in a group. An image has to have all of the colours that are chosen. */
export function makeColours() {
  const inputs = NAMED.map(([value, name]) => h("input", { type: "checkbox", value, "aria-label": name }));
  const root = group(
    msg("Colours"),
    h(
      "div",
      { class: "choices colours" },
      ...NAMED.map(([value, name], at) =>
        h(
          "label",
          { class: "choice", title: name },
          inputs[at],
          h("i", { class: "dot", dataset: { colour: value } }),
          h("span", { text: name }),
        ),
      ),
    ),
  );
  return {
    root,
    /** The names of those that are chosen. */
    chosen: () => inputs.filter((input) => input.checked).map((input) => input.value),
    /**
     * Show that these are chosen.
     *
     * @param {string[]} names
     */
    show(names) {
      for (const input of inputs) input.checked = names.includes(input.value);
    },
  };
}

/** @typedef {{ text: string, image?: string, without: { [name: string]: string | string[] } }} LooksChip */

/**
 * What `query` asks of an image's looks, in words: each with what takes it off, and the id of the
 * image that others are to be like.
 *
 * @param {URLSearchParams} query
 * @returns {LooksChip[]}
 */
export function looksAsked(query) {
  const colours = query.getAll("color");
  const like = query.get("like");
  return [
    ...colours.map((colour) => ({
      text: msg("Colour: {colour}", { colour: NAMES[colour] ?? colour }),
      without: { color: colours.filter((other) => other !== colour) },
    })),
    ...(like === null ? [] : [{ text: msg("Like this image"), image: like, without: { like: "" } }]),
  ];
}
