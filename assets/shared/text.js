// Shows the component's value as plain text, line by line, and tells it once it rests where it has
// changed.

import { announce } from "./announce.js";
import { h } from "./dom.js";
import { joined } from "./language.js";

const RESTS_MS = 800;

/** @param {Component<{value: string | null}>} component */
export function mount({ element, props, watch }) {
  const line = h("p");
  element.replaceChildren(line);
  const lines = () => (props.value ?? "").split("\n").filter(Boolean);
  const show = () => line.replaceChildren(...lines().map((text) => h("span", { text })));
  show();
  watch("value", () => {
    const former = line.textContent;
    show();
    if (former && former !== line.textContent)
      announce(joined(...lines()), { about: element.id || "text", rests: RESTS_MS });
  });
}
