// The styles to choose from: several at once, in the order in which they are chosen.
import { getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { STYLES_PAGE } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { byName } from "../shared/style_files.js";
import { finds, openPicker } from "./picker.js";

const SHOWN = 200; // more are found by searching

/**
 * Open the list; `worn()` are the names on the prompt, `put(names)` others in their place.
 *
 * @param {{ worn: () => string[], put: (names: string[]) => void }} prompt
 */
export async function openStyles({ worn, put }) {
  /** @type {StyleOf[] | null} */
  let styles = [];
  let come = false;
  const foot = h(
    "p",
    { class: "picker-foot" },
    h("a", { href: at(STYLES_PAGE), text: msg("Make, edit, import and export styles") }),
  );
  const { redraw, showSearch } = openPicker({ title: msg("Styles"), search: msg("Search styles"), draw, foot });
  /** @type {StylesOf | null} */
  const answer = await getJson("/api/styles");
  styles = answer && [...answer.styles].sort(byName);
  come = true;
  showSearch(Boolean(styles?.length));
  redraw();

  /** @param {string[]} words */
  function draw(words) {
    if (!styles) return { rows: [], said: noAnswer() };
    const found = styles.filter(({ name, prompt, negative_prompt }) => finds(words, [name, prompt, negative_prompt]));
    return { rows: found.slice(0, SHOWN).map(row), said: said(found.length, words.length > 0) };
  }

  /**
   * @param {number} count
   * @param {boolean} searched
   */
  function said(count, searched) {
    if (!come) return "";
    if (count > SHOWN) return msg("The first {shown} of {n}. Search to find the others.", { shown: SHOWN, n: count });
    if (count) return msgN("1 style", "{n} styles", count);
    return searched
      ? msg("No style has these words.")
      : msg("There are no styles yet. Write one, or import those of another program.");
  }

  /** @param {StyleOf} style */
  function row({ name, prompt, negative_prompt }) {
    const place = worn().indexOf(name) + 1;
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          "aria-pressed": String(place > 0),
          dataset: { name },
          onclick: () => {
            put(place ? worn().filter((other) => other !== name) : [...worn(), name]);
            redraw();
          },
        },
        h("span", { class: "tick", "aria-hidden": "true", text: place || "" }),
        h(
          "span",
          { class: "words" },
          h("strong", {}, h("bdi", { text: name })),
          prompt ? h("span", { class: "what", dir: "auto", text: prompt }) : null,
          negative_prompt
            ? h("span", { class: "what negative", dir: "auto", text: msg("Not: {text}", { text: negative_prompt }) })
            : null,
        ),
      ),
    );
  }
}
