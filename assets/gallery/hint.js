// How to search, in examples.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const EXAMPLES = [
  [msg("red barn"), msg("both words")],
  [msg('"red barn"'), msg("as it stands")],
  [msg("-cat"), msg("without cat")],
];

/** @param {{ [attribute: string]: string }} props */
export const makeHint = (props = {}) =>
  h(
    "p",
    { class: "syntax", ...props },
    ...EXAMPLES.map(([example, text]) => h("span", {}, h("code", { text: example }), ` ${text}`)),
  );
