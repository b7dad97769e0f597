// A number of the form: a text field, so that it holds what was typed and nothing else, and where
// the number can be dragged, a slider beside it. The server reads the text and words its refusals.
//
// A browser's own number field makes 25 of `2,5`, 3 of `1e3`, and another number of a turned wheel.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { putKeyboardAway } from "../shared/touch.js";

/**
 * @typedef {object} Spec
 * @property {string} label
 * @property {string} help
 * @property {number | null} minimum
 * @property {number | null} maximum
 * @property {number} step
 * @property {boolean} whole whether it has no fraction
 * @property {boolean} drag whether there is a slider
 */

/** @param {Component<{ value: string | number | null, spec: Spec, name: string }>} component */
export function mount({ element, props, trigger, watch }) {
  const { name } = props;
  const label = h("label", { for: `${name}-field` });
  const help = h("p", { id: `${name}-help`, class: "info-text" });
  const field = h("input", {
    id: `${name}-field`,
    type: "text",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "done",
    "aria-describedby": help.id,
    onkeydown: putKeyboardAway,
  });
  const slider = h("input", { type: "range" });
  const [low, high] = [h("span"), h("span")];
  const slide = h("div", { class: "slide" }, low, slider, high);
  element.replaceChildren(h("div", { class: "number" }, label, help, field, props.spec.drag ? slide : null));

  /** @param {string} text */
  function enter(text) {
    props.value = text;
    if (field.value !== text) field.value = text;
    follow();
    trigger("input");
  }

  function show() {
    const text = String(props.value ?? "");
    if (field.value !== text) field.value = text; // else the caret would jump
    follow();
  }

  function describe() {
    const { spec } = props;
    label.textContent = spec.label;
    help.textContent = spec.help;
    help.hidden = !spec.help;
    field.inputMode = spec.whole ? "numeric" : "decimal";
    low.textContent = slider.min = String(spec.minimum ?? 0);
    high.textContent = slider.max = String(spec.maximum ?? 0);
    slider.step = String(spec.step);
    slider.setAttribute("aria-label", msg("{label}, by sliding", { label: spec.label }));
    show();
  }

  /** Bring the slider to what is typed, where that is a number. */
  function follow() {
    const value = readNumber(field.value);
    if (value === null) return;
    slider.value = String(value);
    const { min, max } = slider;
    slider.style.setProperty("--range_progress", `${(100 * (Number(slider.value) - +min)) / (+max - +min || 1)}%`);
  }

  field.addEventListener("input", () => enter(field.value));
  slider.addEventListener("input", () => enter(slider.value));
  field.addEventListener("keydown", (event) => {
    const way = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
    if (!way || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    event.preventDefault();
    enter(stepped(field.value, way, props.spec));
  });
  watch("value", show);
  watch("spec", describe);
  describe();
}

/**
 * The number that a person has typed, with a point or a comma; null where it is none. What is typed
 * is judged by the server (backend/catalogue/params.py); this serves the slider and the arrow keys.
 *
 * @param {string} text
 */
export function readNumber(text) {
  const typed = text.trim().replace(",", ".");
  const value = Number(typed);
  return typed === "" || !Number.isFinite(value) ? null : value;
}

/**
 * The next number up (`way` 1) or down (-1) that the step and the bounds allow, as text.
 *
 * @param {string} text
 * @param {number} way
 * @param {Spec} spec
 */
export function stepped(text, way, { minimum, maximum, step }) {
  const steps = (readNumber(text) ?? minimum ?? 0) / step;
  const near = Math.round(steps * 1e6) / 1e6; // 0.1 + 0.2 is no step of its own
  const next = (way > 0 ? Math.floor(near) + 1 : Math.ceil(near) - 1) * step;
  const within = Math.min(Math.max(next, minimum ?? -Infinity), maximum ?? Infinity);
  return String(Math.round(within * 1e6) / 1e6);
}
