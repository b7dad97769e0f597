// Shows the component's value as plain text, and tells it once it rests where it has changed.
import { announce } from "./announce.js";
import { h } from "./dom.js";

const RESTS_MS = 800;

/** @param {Component<{value: string | null}>} component */
export function mount({ element, props, watch }) {
  const line = h("p", { text: props.value ?? "" });
  element.replaceChildren(line);
  watch("value", () => {
    const text = props.value ?? "";
    const former = line.textContent;
    line.textContent = text;
    if (former && former !== text) announce(text, { about: element.id || "text", rests: RESTS_MS });
  });
}
