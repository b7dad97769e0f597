// Generate, which says what it makes and what that costs, and Stop.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { heldNow, onFormChange } from "./held.js";
import { dealOf, isToldWithModel } from "./price.js";

const NOT_KNOWN_YET = "\u2026";

const TOLD_WITHIN_MS = 2000; // by what switches the form; else it is asked for

/** @typedef {{ makes: string, costs: string, choices: Choices | null, model?: string, count?: unknown }} Deal */

/** @param {Component<{ value: Deal | null }>} component */
export function mount({ element, props, trigger, watch }) {
  const makes = h("span", { class: "makes", text: msg("Generate") });
  const costs = h("span", { class: "costs" });
  let asked = "";
  let chosen = false; // a model, by hand: what switches the form tells the deal with it
  let timer = 0;

  // results.js opens Stop while something can be stopped
  const title = msg("Stop what was not sent yet");
  const stop = { type: "button", id: "stop", text: msg("Stop"), title, disabled: true };
  element.replaceChildren(
    h(
      "div",
      { class: "deal" },
      h("button", { type: "button", id: "generate", onclick: () => trigger("press") }, makes, " ", costs),
      h("button", { ...stop, onclick: () => trigger("halt") }),
    ),
  );

  function show() {
    if (!props.value) return;
    const deal = props.value;
    props.value = null; // else Gradio keeps the same answer, told again, to itself
    if (deal.model) {
      const held = heldNow();
      if (deal.model !== held.model || deal.count !== held.count) return; // chosen since: that is asked for
      clearTimeout(timer);
      asked = dealOf(held);
    }
    makes.textContent = deal.makes;
    costs.textContent = deal.costs;
    document.dispatchEvent(new CustomEvent("playground:choices", { detail: deal.choices }));
  }

  /** Ask anew; until the answer is there, no price stands there that may be another one's. */
  function ask() {
    clearTimeout(timer);
    asked = dealOf(heldNow());
    trigger("refresh");
  }

  watch("value", show);
  onFormChange(() => {
    if (dealOf(heldNow()) === asked) return;
    costs.textContent = NOT_KNOWN_YET;
    const told = chosen && isToldWithModel(heldNow());
    chosen = false;
    if (!told) return ask();
    asked = dealOf(heldNow());
    timer = setTimeout(ask, TOLD_WITHIN_MS);
  });
  const choose = (/** @type {Event} */ { target }) => {
    if (target instanceof Element && target.closest("#model")) chosen = true;
  };
  document.addEventListener("input", choose, true);
  document.addEventListener("playground:settled", ask); // what was made is stored now
  document.addEventListener("playground:settings", ask);
  document.addEventListener("playground:back", ask);
}
