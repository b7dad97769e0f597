// The kinds of experiments: what each asks for in the form, and what it shows above its cells.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { makeBlindAsked } from "./blind_asked.js";
import { makeBlindPanel } from "./blind_panel.js";
import { makeGridAsked } from "./grid_asked.js";
import { makeWordsAsked } from "./words_asked.js";
import { makeWordsPanel } from "./words_panel.js";

/**
 * @typedef {object} FormOf
 * @property {ModelInfo[]} models
 * @property {{ values: () => Record<string, unknown> }} base what does not vary
 * @property {() => void} changed to be called after any change
 */

/**
 * @typedef {object} Sort
 * @property {string} kind as the plan has it
 * @property {string} label
 * @property {string} told what it is for, in one line
 * @property {(form: FormOf) => AskedOf} make
 * @property {((id: string) => PanelOf) | null} panel
 */

/** @type {Sort[]} */
export const SORTS = [
  {
    kind: "grid",
    label: msg("Grid"),
    told: msg("Vary one to three things, and see every combination side by side."),
    make: makeGridAsked,
    panel: null,
  },
  {
    kind: "words",
    label: msg("Which words mattered"),
    told: msg("See how much each phrase of a prompt changes, measured against what another seed changes."),
    make: makeWordsAsked,
    panel: makeWordsPanel,
  },
  {
    kind: "blind",
    label: msg("Blind test"),
    told: msg("Choose the better one of two images without knowing which setting made which, and see what that shows."),
    make: makeBlindAsked,
    panel: makeBlindPanel,
  },
];

/**
 * The choice between them, null while there is none.
 *
 * @param {Sort[]} sorts
 * @param {(sort: Sort) => void} chosen
 */
export function makeChooser(sorts, chosen) {
  if (sorts.length < 2) return null;
  const told = h("p", { class: "note" });
  const choices = sorts.map((sort) => {
    const input = h("input", { type: "radio", name: "experiment-kind", value: sort.kind, onchange: () => pick(sort) });
    return { sort, input, root: h("label", { class: "check" }, input, h("span", { text: sort.label })) };
  });

  /** @param {Sort} sort */
  function pick(sort) {
    show(sort);
    chosen(sort);
  }

  /** @param {Sort} sort */
  function show(sort) {
    told.textContent = sort.told;
    for (const choice of choices) choice.input.checked = choice.sort === sort;
  }

  const row = h("div", { class: "row" }, ...choices.map((choice) => choice.root));
  const legend = h("legend", { text: msg("Kind of experiment") });
  return { root: h("fieldset", { class: "sheet" }, legend, row, told), show };
}
