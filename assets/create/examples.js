// The example prompts: a row of small buttons; the server knows the prompts by number.
import { h } from "../shared/dom.js";

/** @param {Component<{ value: string[] }>} component */
export function mount({ element, props, trigger }) {
  element.replaceChildren(
    h(
      "p",
      { class: "chips", role: "group", "aria-label": "Example prompts" },
      h("span", { text: "Try" }),
      ...props.value.map((title, index) =>
        h("button", { type: "button", text: title, onclick: () => trigger("pick", { index }) }),
      ),
    ),
  );
}
