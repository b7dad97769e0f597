// A field for one of a model's parameters, where a form of ours asks for it.
import { h } from "./dom.js";

/**
 * What is typed is kept in `typed` by the parameter's name; `seed` is said where no seed is.
 *
 * @param {ModelParameter} parameter
 * @param {{ prefix: string, typed: Record<string, string>, changed: () => void, seed: string }} form
 */
export function parameterField({ name, label, kind, default: usual, help, choices }, { prefix, typed, changed, seed }) {
  if (choices.length) return choiceField({ name, label, default: usual, help, choices }, { prefix, typed, changed });
  const long = kind === "text";
  const input = h(long ? "textarea" : "input", {
    id: `${prefix}-${name}`,
    ...(long
      ? { rows: name === "prompt" ? 3 : 2, dir: "auto" }
      : { type: "text", inputmode: kind === "integer" ? "numeric" : "decimal", size: 8 }),
    placeholder: name === "seed" ? seed : usual === null || long ? "" : String(usual),
    autocomplete: "off",
    enterkeyhint: long ? "enter" : "go",
    title: help || null,
    oninput: () => {
      typed[name] = input.value;
      changed();
    },
  });
  input.value = typed[name] ?? "";
  return h("div", { class: long ? "field wide" : "field" }, h("label", { for: input.id, text: label }), input);
}

/**
 * @param {Pick<ModelParameter, "name" | "label" | "default" | "help" | "choices">} parameter
 * @param {{ prefix: string, typed: Record<string, string>, changed: () => void }} form
 */
function choiceField({ name, label, default: usual, help, choices }, { prefix, typed, changed }) {
  const select = h(
    "select",
    {
      id: `${prefix}-${name}`,
      title: help || null,
      onchange: () => {
        typed[name] = select.value;
        changed();
      },
    },
    ...choices.map((text) => h("option", { value: text, text })),
  );
  if (!choices.includes(typed[name])) delete typed[name]; // another model's
  select.value = typed[name] ?? String(usual ?? choices[0]);
  return h("div", { class: "field" }, h("label", { for: select.id, text: label }), select);
}
