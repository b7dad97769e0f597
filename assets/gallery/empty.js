// What stands instead of images: that there are none, that none match and what would, that the
// program does not answer.
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { msg, msgParts } from "../shared/language.js";
import { at } from "../shared/place.js";
import { shorten } from "../shared/words.js";
import { makeHint } from "./hint.js";
import { saidLost } from "./lost.js";
import { waysOut } from "./ways.js";

/** @typedef {"" | "broken" | "narrowed" | "trash" | "none"} Kind */

/**
 * `turnTo(query)` shows something else, `clear()` everything; `again()` asks once more.
 *
 * @param {{
 *   filters: import("./filters.js").Filters,
 *   turnTo: (query: URLSearchParams) => void,
 *   toTrash: (trash: boolean) => void,
 *   again: () => void,
 * }} gallery
 */
export function makeEmpty({ filters, turnTo, toTrash, again }) {
  const root = h("div", { class: "empty", hidden: true });
  let shown = "";
  let asking = new AbortController();

  /**
   * @param {string} text
   * @param {() => void} onclick
   */
  const button = (text, onclick) => h("button", { type: "button", class: "plain", text, onclick });

  /** @param {URLSearchParams} query */
  function nothing(query) {
    const text = shorten((query.get("q") ?? "").replace(/\*+$/, ""), 60);
    const words = { text: h("bdi", { text }) };
    const title = !text
      ? [msg("Nothing matches")]
      : text.includes('"')
        ? msgParts("Nothing matches {text}", words)
        : msgParts("Nothing matches \u201c{text}\u201d", words);
    const ways = h("div", { class: "ways", role: "group", "aria-label": msg("Instead") });
    const everything = button(msg("Clear all"), () => filters.clear());
    ways.append(everything);
    const { signal } = asking;
    waysOut(query, filters.active(), signal)
      .then((found) => {
        if (!signal.aborted) everything.before(...found.map((way) => button(way.text, () => turnTo(way.query))));
      })
      .catch(() => {}); // then there is one way
    return [
      h("h3", {}, ...title),
      h("p", { text: msg("No image has all of what you ask for.") }),
      ways,
      text ? makeHint() : null,
    ];
  }

  /** @type {{ [kind in Kind]: (query: URLSearchParams) => (HTMLElement | null)[] }} */
  const kinds = {
    "": () => [],
    broken: () => [
      h("h3", { text: msg("No images could be fetched") }),
      h("p", { text: saidLost() }),
      button(msg("Try again"), again),
    ],
    narrowed: nothing,
    trash: () => [
      h("h3", { text: msg("The trash is empty") }),
      h("p", { text: msg("Images that you delete are kept here until you empty it.") }),
      button(msg("Back to the gallery"), () => toTrash(false)),
    ],
    none: () => {
      const create = h("a", { href: at(PAGES.create), text: msg("Create your first one") });
      return [
        h("h3", { text: msg("No images yet") }),
        h("p", {}, ...msgParts("Every image you make is stored and shown here. {create}.", { create })),
        h("p", {}, h("a", { href: at(`${PAGES.help}#first-image`), text: msg("How that goes, step by step") })),
      ];
    },
  };

  return {
    root,
    /** Go to what can be done instead. */
    focus: () => root.querySelector("button, a")?.focus(),
    /**
     * Show why there is nothing to see, "" where there is something.
     *
     * @param {Kind} kind
     * @param {URLSearchParams} query
     */
    show(kind, query) {
      root.hidden = kind === "";
      const now = kind === "narrowed" ? `${kind} ${query}` : kind;
      if (now === shown) return;
      shown = now;
      asking.abort();
      asking = new AbortController();
      root.replaceChildren(...kinds[kind](query).filter((part) => part !== null));
    },
  };
}
