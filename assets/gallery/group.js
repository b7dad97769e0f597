// A row of the filters: what it is about, and what can be chosen of it.
import { h } from "../shared/dom.js";

/**
 * A group of choices. It is no fieldset: the names of all rows share a column (subgrid).
 *
 * @param {string} name
 * @param {HTMLElement[]} content
 */
export function group(name, ...content) {
  const shown = h("span", { class: "legend", "aria-hidden": "true", text: name });
  return h("div", { class: "group", role: "group", "aria-label": name }, shown, ...content);
}
