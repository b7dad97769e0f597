// The filters that are on, each as a chip that takes it off.
import { h } from "../shared/dom.js";
import { PROVIDERS, RATING_MAX, SORTS } from "../shared/facts.js";
import { msg, region, translated } from "../shared/language.js";
import { at } from "../shared/place.js";
import { shorten } from "../shared/words.js";
import { momentToDay } from "./address.js";
import { looksAsked } from "./colours.js";

/** @typedef {{ [name: string]: string | string[] | null }} QueryChanges */

/** @param {string} id */
export const providerName = (id) => translated(PROVIDERS[id] ?? id);

/**
 * What a demo session is called: its title, else its day.
 *
 * @param {{ title: string, started: number }} session
 */
export const sessionName = ({ title, started }) => title || new Date(started).toLocaleDateString(region);

/**
 * The chips. `set(changes)` changes the query, `clear()` takes all off; `otherwise` gets the focus
 * when the chip that had it was the last.
 *
 * @param {{
 *   facets: () => Facets,
 *   set: (changes: QueryChanges) => void,
 *   clear: () => void,
 *   otherwise: HTMLElement,
 * }} told
 */
export function makeChips({ facets, set, clear, otherwise }) {
  const root = h("ul", { class: "filter-chips", "aria-label": msg("Filters that are on") });

  /**
   * What is on in `query`, in words, and what takes it off.
   *
   * @param {URLSearchParams} query
   */
  function active(query) {
    const { models: known } = facets();
    /** @param {string} id */
    const label = (id) => known.find((model) => model.id === id)?.label ?? id;
    /** @param {string} moment */
    const day = (moment) => {
      const text = momentToDay(moment);
      return text
        ? new Date(`${text}T12:00`).toLocaleDateString(region, { day: "numeric", month: "short", year: "numeric" })
        : moment;
    };
    /**
     * @param {string} name
     * @param {string} value
     */
    const without = (name, value) => ({ [name]: query.getAll(name).filter((other) => other !== value) });
    /** @type {[text: string, changes: QueryChanges, image?: string][]} */
    const found = [];
    for (const id of query.getAll("model")) found.push([label(id), without("model", id)]);
    for (const tag of query.getAll("tag")) found.push([msg("Tag: {tag}", { tag }), without("tag", tag)]);
    for (const { text, without: rest, image } of looksAsked(query)) found.push([text, rest, image]);
    /** @type {{ [name: string]: (value: string) => string }} */
    const texts = {
      provider: providerName,
      starred: () => msg("Starred"),
      cached: () => msg("Used again for free"),
      rated: (n) => (n === String(RATING_MAX) ? msg("Rated {n}", { n }) : msg("Rated {n} or more", { n })),
      since: (moment) => msg("From {day}", { day: day(moment) }),
      until: (moment) => msg("To {day}", { day: day(moment) }),
      size: (text) => text.replace("x", " \u00d7 "),
      seed: (text) => msg("Seed {seed}", { seed: text }),
      experiment: (id) => msg("Experiment {id}", { id: shorten(id, 9) }),
      session: (id) => {
        const session = facets().sessions.find((one) => one.id === id);
        return msg("Session: {name}", { name: session ? sessionName(session) : shorten(id, 9) });
      },
      sort: (name) => msg("{order} first", { order: translated(SORTS.find(([id]) => id === name)?.[1] ?? name) }),
    };
    for (const [name, text] of Object.entries(texts)) {
      const value = query.get(name);
      if (value !== null) found.push([text(value), { [name]: "" }]);
    }
    return found;
  }

  return {
    root,
    active,
    /**
     * Show what is on in `query`; returns how much it is.
     *
     * @param {URLSearchParams} query
     */
    draw(query) {
      const list = active(query);
      const before = [...root.querySelectorAll("button")];
      const focus = before.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
      root.replaceChildren(
        ...list.map(([text, changes, image]) =>
          h(
            "li",
            {},
            h(
              "button",
              {
                type: "button",
                class: "filter-chip",
                "aria-label": msg("Remove filter: {filter}", { filter: text }),
                onclick: () => set(changes),
              },
              h("span", { text }),
              image ? h("img", { src: at(`/thumbs/${image}`), alt: "" }) : null,
              h("span", { class: "glyph g-cross" }),
            ),
          ),
        ),
      );
      if (list.length || query.has("q")) {
        root.append(
          h(
            "li",
            {},
            h("button", { type: "button", class: "quiet clear-all", text: msg("Clear all"), onclick: clear }),
          ),
        );
      }
      root.hidden = list.length === 0;
      const buttons = root.querySelectorAll("button");
      if (focus >= 0) (buttons[Math.min(focus, buttons.length - 1)] ?? otherwise).focus();
      if (focus >= 0 && root.hidden) otherwise.focus();
      return list.length;
    },
  };
}
