// Shows the component's value as plain text, line by line, that screen readers announce.
import { h } from "./dom.js";

/** @param {Component<{value: string | null}>} component */
export function mount({ element, props, watch }) {
  const line = h("p", { role: "status" });
  element.replaceChildren(line);
  const show = () => {
    const lines = (props.value ?? "").split("\n").filter(Boolean);
    line.replaceChildren(...lines.map((text) => h("span", { text })));
  };
  watch("value", show);
  show();
}
