// The example prompts: a row of small buttons; the server knows the prompts by number. The first one
// stands ready where nobody has made an image yet.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { haveExample } from "./first.js";

/** @param {Component<{ value: { titles: string[], first: string } }>} component */
export function mount({ element, props, trigger }) {
  const { titles, first } = props.value;
  element.replaceChildren(
    h(
      "p",
      { class: "chips", role: "group", "aria-label": msg("Example prompts") },
      h("span", { text: msg("Try") }),
      ...titles.map((title, index) =>
        h("button", { type: "button", text: title, onclick: () => trigger("pick", { index }) }),
      ),
    ),
  );
  haveExample(first);
}
