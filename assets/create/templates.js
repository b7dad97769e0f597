// Under the prompt, where it looks like a template: the switch by which braces are choices, what that
// makes, and the seed that chooses where not all is made. Off, no character is touched.
import { announce } from "../shared/announce.js";
import { become, h } from "../shared/dom.js";
import { PAGES, SEED_MAX } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { looksLikeTemplate } from "../shared/template.js";
import { heldNow, onFormChange } from "./held.js";

/** @typedef {{ on: boolean, seed: string }} Switch as ui/page/form.py has it */

let drawn = ""; // what chooses for the last press, where no seed is kept
let pressed = () => {};

/** A new press: where no seed is kept, another one chooses. */
export function drawChoice() {
  drawn = String(Math.floor(Math.random() * (SEED_MAX + 1)));
}

/**
 * The switch as it is sent: with the seed that chooses.
 *
 * @param {unknown} value
 */
export function withSeed(value) {
  const held = /** @type {Switch | null} */ (value);
  if (!held?.on) return value;
  pressed();
  return { ...held, seed: held.seed.trim() || drawn };
}

/** @param {Component<{ value: Switch | null }>} component */
export function mount({ element, props, watch }) {
  const box = h("input", {
    type: "checkbox",
    id: "templates-on",
    "aria-describedby": "templates-said",
    onchange: tell,
  });
  const said = h("span", { class: "told", id: "templates-said" });
  const seed = h("input", {
    type: "text",
    id: "template_seed-field",
    inputmode: "numeric",
    autocomplete: "off",
    size: 11,
    maxlength: 20,
    placeholder: msg("random"),
    oninput: tell,
  });
  const keep = h("button", { type: "button", hidden: true, onclick: keepDrawn });
  const seeds = h(
    "div",
    { class: "choice-seed", id: "template_seed", hidden: true },
    h("label", { for: seed.id, text: msg("Seed of the choice") }),
    seed,
    keep,
  );
  const files = h("a", { href: at(`${PAGES.experiments}#wildcards`), text: msg("Wildcard files"), hidden: true });
  const root = h(
    "div",
    { class: "templates", hidden: true },
    h("label", { class: "check" }, box, h("span", { text: msg("Braces are choices") })),
    said,
    files,
    seeds,
  );
  element.replaceChildren(root);
  /** @type {Choices | null} */
  let choices = null;

  function tell() {
    props.value = { on: box.checked, seed: seed.value };
    if (!box.checked) choices = null;
    show();
  }

  function keepDrawn() {
    seed.value = drawn;
    tell();
    seed.focus();
  }

  function show() {
    const { on, seed: kept } = props.value ?? { on: false, seed: "" };
    if (box.checked !== on) box.checked = on;
    if (seed.value !== kept) seed.value = kept;
    const held = heldNow();
    const texts = [held["params.prompt"], held["params.negative_prompt"]].map((text) => String(text ?? ""));
    become(root, { hidden: !on && !texts.some(looksLikeTemplate) });
    const wrong = Boolean(on && choices?.wrong);
    become(said, { textContent: on ? (choices?.wrong ?? choices?.text ?? "") : msg("They are sent as they stand.") });
    said.toggleAttribute("data-bad", wrong);
    box.toggleAttribute("aria-invalid", wrong);
    become(seeds, { hidden: !on || !choices?.random });
    become(keep, {
      hidden: !drawn || kept.trim() !== "",
      textContent: msg("Keep {seed}, the last one", { seed: drawn }),
    });
    become(files, { hidden: !on || !texts.some((text) => text.includes("__")) });
  }

  document.addEventListener("playground:choices", ({ detail }) => {
    const before = said.textContent;
    choices = detail;
    show();
    if (said.textContent !== before && !root.hidden) announce(said.textContent ?? "", { about: "choices", rests: 800 });
  });
  pressed = show;
  watch("value", show);
  onFormChange(show);
  show();
}
