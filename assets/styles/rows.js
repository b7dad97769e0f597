// A style and a preset as rows of their lists, with what can be done to them.
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { presetWords } from "../shared/style_files.js";

/**
 * @param {StyleOf} style
 * @param {{ edit: (style: StyleOf) => void, remove: (style: StyleOf) => void }} does
 */
export function styleRow(style, { edit, remove }) {
  const { name, prompt, negative_prompt } = style;
  return row(
    name,
    [
      prompt ? h("p", { class: "what", dir: "auto", text: prompt }) : null,
      negative_prompt
        ? h("p", { class: "what negative", dir: "auto", text: msg("Not: {text}", { text: negative_prompt }) })
        : null,
    ],
    [
      use("style", name),
      button(msg("Edit"), msg("Edit the style {name}", { name }), `edit ${name}`, () => edit(style)),
      button(msg("Delete"), msg("Delete the style {name}", { name }), `delete ${name}`, () => remove(style)),
    ],
  );
}

/**
 * @param {PresetOf} preset
 * @param {{ rename: (preset: PresetOf) => void, remove: (preset: PresetOf) => void }} does
 */
export function presetRow(preset, { rename, remove }) {
  const { name } = preset;
  return row(
    name,
    [h("p", { class: "what", dir: "auto", text: presetWords(preset) })],
    [
      use("preset", name),
      button(msg("Rename"), msg("Rename the preset {name}", { name }), `rename ${name}`, () => rename(preset)),
      button(msg("Delete"), msg("Delete the preset {name}", { name }), `delete preset ${name}`, () => remove(preset)),
    ],
  );
}

/**
 * @param {string} name
 * @param {(HTMLElement | null)[]} texts
 * @param {HTMLElement[]} doings
 */
const row = (name, texts, doings) =>
  h(
    "li",
    {},
    h("div", { class: "words" }, h("strong", {}, h("bdi", { text: name })), ...texts),
    h("div", { class: "actions" }, ...doings),
  );

/**
 * What puts it onto the Create page's form. A preset fills the form by its server, a style is the page's own.
 *
 * @param {"style" | "preset"} kind
 * @param {string} name
 */
function use(kind, name) {
  const said = new URLSearchParams({ [kind]: name });
  const label = kind === "style" ? msg("Use the style {name}", { name }) : msg("Use the preset {name}", { name });
  return h("a", {
    href: at(`${PAGES.create}${kind === "style" ? "#" : "?"}${said}`),
    text: msg("Use"),
    "aria-label": label,
  });
}

/**
 * @param {string} text
 * @param {string} label
 * @param {string} place by which the focus finds it again
 * @param {() => void} act
 */
const button = (text, label, place, act) =>
  h("button", { type: "button", text, "aria-label": label, dataset: { at: place }, onclick: act });
