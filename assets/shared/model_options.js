// Models to choose from in a list: those of each further connection stand under its name.
import { h } from "./dom.js";

/**
 * The models by their connection's name, in their order; "" has those of the first one.
 *
 * @template {{ connection: string }} Model
 * @param {Model[]} models
 */
function byConnection(models) {
  /** @type {Map<string, Model[]>} */
  const groups = new Map();
  for (const model of models) groups.set(model.connection, [...(groups.get(model.connection) ?? []), model]);
  return groups;
}

/**
 * The options of a `<select>`, whose values are the models' ids.
 *
 * @param {ModelInfo[]} models
 */
export function modelOptions(models) {
  return [...byConnection(models)].flatMap(([label, group]) => {
    const options = group.map((one) => h("option", { value: one.id, text: one.label }));
    return label ? [h("optgroup", { label }, ...options)] : options;
  });
}

/**
 * What models are ticked by, those of each further connection in a group of its name.
 *
 * @param {{ connection: string, root: HTMLElement }[]} choices
 */
export function grouped(choices, classes = "") {
  return [...byConnection(choices)].map(([title, group]) => {
    const role = title ? { role: "group", "aria-label": title } : {};
    const name = title ? h("span", { class: "whose", dir: "auto", "aria-hidden": "true", text: title }) : null;
    return h("div", { class: classes, ...role }, name, ...group.map(({ root }) => root));
  });
}
