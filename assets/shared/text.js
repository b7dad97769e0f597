// Shows the component's value as plain text in a line that screen readers announce.
import { h } from "./dom.js";

/** @param {Component<{value: string | null}>} component */
export function mount({ element, props, watch }) {
  const line = h("p", { role: "status" });
  element.replaceChildren(line);
  const show = () => {
    line.textContent = props.value ?? "";
  };
  watch("value", show);
  show();
}
