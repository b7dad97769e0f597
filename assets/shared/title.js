// The page's title says what is open: "red barn – Gallery – Sentry Block". The server gives the page
// its own; what is looked for and what is shown large stand before it.
import { shorten } from "./words.js";

const LONGEST = 60;
const BETWEEN = " \u2013 ";

/** @typedef {"page" | "search" | "image"} Part from the outer to the inner */

/** @type {{ [part in Part]: string }} */
const parts = { page: "", search: "", image: "" };
let base = ""; // the title that the page came with
let set = "";

/**
 * Name a part of what is open; "" takes it away. `page` stands in place of the page's own name.
 *
 * @param {Part} part
 * @param {string} text
 */
export function entitle(part, text) {
  if (document.title !== set) base = document.title; // the page's own, or one that came since
  parts[part] = shorten(text.trim().replaceAll(/\s+/g, " "), LONGEST);
  const [name, ...product] = base.split(BETWEEN);
  const said = [parts.image, parts.search, parts.page || name, ...product].filter(Boolean);
  set = said.join(BETWEEN);
  if (document.title !== set) document.title = set;
}
