// A text of the form that is one of some choices: a list to choose from, or a field to write into for
// as long as nobody has told what there is to choose from.
import { h } from "../shared/dom.js";

/** @typedef {{ label: string, help: string, choices: string[] }} Spec */

/** @param {Component<{ value: string | null, spec: Spec, name: string }>} component */
export function mount({ element, props, trigger, watch }) {
  const { name } = props;
  const label = h("label", { for: `${name}-field` });
  const help = h("p", { id: `${name}-help`, class: "info-text" });
  const root = h("div", { class: "number" }, label, help);
  element.replaceChildren(root);
  /** @type {HTMLInputElement | HTMLSelectElement} */
  let field = written();

  function enter() {
    props.value = field.value;
    trigger("input");
  }

  function written() {
    return h("input", { ...common(), type: "text", autocomplete: "off", spellcheck: "false", oninput: enter });
  }

  /** @param {string[]} choices */
  function chosen(choices) {
    return h("select", { ...common(), oninput: enter }, ...choices.map((text) => h("option", { value: text, text })));
  }

  function common() {
    return { id: `${name}-field`, "aria-describedby": help.id };
  }

  function show() {
    const text = String(props.value ?? "");
    if (field.value !== text) field.value = text;
  }

  function describe() {
    const { spec } = props;
    label.textContent = spec.label;
    help.textContent = spec.help;
    help.hidden = !spec.help;
    field.remove();
    field = spec.choices.length ? chosen(spec.choices) : written();
    root.append(field);
    show();
  }

  watch("value", show);
  watch("spec", describe);
  describe();
}
