// How to search, in examples.
import { h } from "../shared/dom.js";

const EXAMPLES = [
  ["red barn", "both words"],
  ['"red barn"', "as it stands"],
  ["-cat", "without cat"],
];

/** @param {{ [attribute: string]: string }} props */
export const makeHint = (props = {}) =>
  h(
    "p",
    { class: "syntax", ...props },
    ...EXAMPLES.map(([example, text]) => h("span", {}, h("code", { text: example }), ` ${text}`)),
  );
