// Generate, which says what it makes and what that costs, and Stop.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { heldNow, onFormChange } from "./held.js";
import { dealOf } from "./price.js";

const NOT_KNOWN_YET = "\u2026";

/** @typedef {{ makes: string, costs: string }} Deal */

/** @param {Component<{ value: Deal | null }>} component */
export function mount({ element, props, trigger, watch }) {
  const makes = h("span", { class: "makes", text: msg("Generate") });
  const costs = h("span", { class: "costs" });
  let asked = "";

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
    makes.textContent = props.value.makes;
    costs.textContent = props.value.costs;
    props.value = null; // else Gradio keeps the same answer, told again, to itself
  }

  /** Ask anew; until the answer is there, no price stands there that may be another one's. */
  function ask() {
    asked = dealOf(heldNow());
    trigger("refresh");
  }

  watch("value", show);
  onFormChange(() => {
    if (dealOf(heldNow()) === asked) return;
    costs.textContent = NOT_KNOWN_YET;
    ask();
  });
  document.addEventListener("playground:settled", ask); // what was made is stored now
  document.addEventListener("playground:settings", ask);
  document.addEventListener("playground:back", ask);
}
