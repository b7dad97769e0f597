// Sessions that were held: all of them, or the way of one picture through one of them.
import { h } from "../shared/dom.js";
import { PAGES, SESSIONS_PAGE } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { at } from "../shared/place.js";
import { makeList } from "./list.js";
import { makeWay } from "./way.js";

/** @param {Drawn} component */
export function mount({ element }) {
  const asked = new URLSearchParams(location.search);
  const session = asked.get("session");
  const head = h(
    "div",
    { class: "page-head" },
    h("h2", { text: session ? msg("The way of a picture") : msg("Demo sessions") }),
    session
      ? h("a", { class: "back", href: at(SESSIONS_PAGE), text: msg("All sessions") })
      : h("a", { class: "back", href: at(PAGES.desk), text: msg("Back to the desk") }),
  );
  element.replaceChildren(head, ...(session ? makeWay(session, asked.get("wish")) : makeList()));
}
