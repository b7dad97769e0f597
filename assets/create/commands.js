// What the Create page offers to keys and to the palette. Generate is gone to, never pressed.
import { offerCommands } from "../shared/commands.js";
import { PAGES } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { showForm } from "./form.js";

/** @typedef {import("../shared/commands.js").Command} Command */

/** @param {string} selector */
const find = (selector) => document.querySelector(selector);

/** @param {string} selector */
const there = (selector) => {
  const element = find(selector);
  return element?.offsetParent && !element.matches(":disabled") ? element : null;
};

/**
 * The command that goes to an element, as long as that can be reached.
 *
 * @param {string} name
 * @param {string} selector
 */
const goTo = (name, selector, also = "") => {
  const element = there(selector);
  return element ? [{ name, also, run: () => element.focus() }] : [];
};

/**
 * The command that presses a button, which costs nothing.
 *
 * @param {string} name
 * @param {string} selector
 */
const press = (name, selector, also = "") => {
  const element = there(selector);
  return element ? [{ name, also, run: () => element.click() }] : [];
};

/**
 * Offer them; `history` opens the earlier prompts, `choose` asks for an image file, `fill` puts a
 * prompt in.
 *
 * @param {{ history: () => void, choose: () => void, fill: (prompt: string) => void }} tools
 */
export function offerCreate({ history, choose, fill }) {
  offerCommands({
    where: "create",
    search: () => find("#prompt textarea")?.focus(),
    results() {
      const first = find("#results .card :is(button, a)");
      if (first) first.focus();
      else location.assign(at(PAGES.gallery));
    },
    actions: () => [
      { name: msg("Go to the prompt"), key: "/", run: () => find("#prompt textarea")?.focus() },
      ...goTo(msg("Go to Generate"), "#generate", msg("make create images")),
      ...(find("#results .card :is(button, a)")
        ? [{ name: msg("Go to the results"), key: "g", run: () => find("#results .card :is(button, a)")?.focus() }]
        : []),
      ...press(msg("Stop"), "#stop", msg("cancel")),
      { name: msg("Earlier prompts"), also: msg("history"), run: history },
      ...press(msg("Choose styles"), "#choose-styles", msg("look text")),
      ...press(msg("Choose or save a preset"), "#choose-presets", msg("form settings keep")),
      { name: msg("Use an image's settings"), also: msg("file reuse drop"), run: choose },
      ...press(msg("Swap width and height"), "#swap", msg("sides shape")),
      ...press(msg("Use the last seed"), "#last-seed"),
      { name: msg("Show the code"), also: msg("snippet curl python javascript"), run: showCode },
    ],
    useModel(model) {
      showForm("model");
      const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("#model input"));
      const input = [...inputs].find(({ value }) => value === model);
      input?.focus();
      if (!input?.checked) input?.click();
    },
    usePrompt: fill,
  });
}

function showCode() {
  const details = /** @type {HTMLDetailsElement | null} */ (document.querySelector("#snippet details"));
  if (!details) return;
  details.open = true;
  details.querySelector("summary")?.focus();
}
