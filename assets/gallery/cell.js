// One place of the grid: thumbnail, facts, a box to select and a star. It is drawn anew in place.

import { h } from "../shared/dom.js";
import { PROVIDER_BADGES, RATING_MAX } from "../shared/facts.js";
import { inRow, joined, msg, number, region, translated } from "../shared/language.js";
import { shorten, when } from "../shared/words.js";

const TAGS_SHOWN = 3;

/**
 * When it was made, as short as it can be told: the time where its day is named; else today's time,
 * this year's day, or the full date.
 *
 * @param {string} iso
 * @param {boolean} named
 */
function madeAt(iso, named) {
  if (named) return new Date(iso).toLocaleTimeString(region, { hour: "numeric", minute: "2-digit" });
  const [moment, now] = [new Date(iso), new Date()];
  if (moment.toDateString() === now.toDateString()) return when(iso);
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return moment.toLocaleDateString(region, { day: "numeric", month: "short", year });
}

/** @typedef {{ model: (id: string) => string }} Words */

/**
 * @typedef {object} Shown
 * @property {ImageRecord | null} record
 * @property {number} index
 * @property {number | null} total null: not known yet
 * @property {boolean} selected
 * @property {boolean} reachable
 * @property {number} epoch
 * @property {string} day the name of the day that begins here, else ""
 * @property {string} dayOf the name of its day, where days are named
 */

/**
 * A cell; `words.model(id)` names a model. What a click does is up to the grid.
 *
 * @param {Words} words
 */
export function makeCell(words) {
  const image = h("img", {
    alt: "",
    decoding: "async",
    loading: "eager",
    onload: () => {
      root.dataset.state = "shown";
    },
    onerror: () => {
      root.dataset.state = "broken";
    },
  });
  const badge = h("span", { class: "badge" });
  const tags = h("span", { class: "tags", "aria-hidden": "true" });
  const rating = h("span", { class: "rating" });
  const what = h("span", { class: "what", dir: "auto" });
  const facts = h("span", { class: "fact" });
  const made = h("span", { class: "fact" });
  const more = h("span", { class: "off-screen" });
  const open = h(
    "button",
    { type: "button", class: "open" },
    h(
      "span",
      { class: "thumb", dataset: { broken: msg("No preview") } },
      image,
      h("span", { class: "told" }, badge, tags, rating),
    ),
    what,
    facts,
    made,
    more,
  );
  const box = h("input", { type: "checkbox", "aria-keyshortcuts": "x" });
  const star = h("button", { type: "button", class: "starring", "aria-label": msg("Star"), "aria-keyshortcuts": "s" });
  const begins = h("h3", { class: "day", hidden: true });
  const pick = h("label", { class: "pick" }, box);
  const root = h("div", { class: "cell", role: "gridcell" }, begins, open, pick, star);
  /** @type {Partial<Shown>} */
  let shown = {};

  /**
   * @param {ImageRecord | null} record
   * @param {number} index
   * @param {number | null} total
   * @param {boolean} near
   * @param {string} dayOf
   */
  function draw(record, index, total, near, dayOf) {
    if (!record) {
      image.removeAttribute("src");
      root.dataset.state = "waiting";
      for (const node of [what, facts, made, badge, tags, rating]) node.textContent = "";
      more.textContent = msg("Image {n} is loading", { n: index + 1 });
      return;
    }
    if (image.getAttribute("src") !== record.thumb_url || root.dataset.state === "broken") {
      root.dataset.state = "loading";
      image.fetchPriority = near ? "high" : "low";
      image.src = record.thumb_url;
      if (image.complete && image.naturalWidth) root.dataset.state = "shown";
    }
    what.textContent = shorten(record.prompt, 160) || msg("No prompt");
    facts.textContent = record.seed === null ? msg("No seed") : msg("Seed {seed}", { seed: String(record.seed) });
    const [model, at] = [words.model(record.model), madeAt(record.created, dayOf !== "")];
    made.textContent = (dayOf ? [at, model] : [model, at]).join(" \u00b7 ");
    badge.textContent = translated(PROVIDER_BADGES[record.provider] ?? "");
    drawTags(record.tags);
    rating.textContent = "\u2605".repeat(record.rating);
    rating.setAttribute("aria-hidden", "true");
    more.textContent = joined(
      record.starred ? msg("Starred.") : "",
      record.rating ? msg("Rated {rating} of {most}.", { rating: record.rating, most: RATING_MAX }) : "",
      record.tags.length ? msg("Tags: {tags}.", { tags: inRow(record.tags) }) : "",
      dayOf && msg("{day}.", { day: dayOf }),
      total ? msg("Image {n} of {total}", { n: index + 1, total }) : msg("Image {n}", { n: index + 1 }),
    );
    star.setAttribute("aria-pressed", String(record.starred));
  }

  /** @param {string[]} all */
  function drawTags(all) {
    const shown = all.slice(0, all.length > TAGS_SHOWN ? TAGS_SHOWN - 1 : TAGS_SHOWN);
    const more = all.length - shown.length;
    tags.replaceChildren(
      ...shown.map((tag) => h("bdi", { text: tag })),
      ...(more ? [h("b", { text: `+${number(more)}` })] : []),
    );
  }

  return {
    root,
    open,
    /**
     * Show `record`, null while it is not known, at `index`; `near` when it is in sight.
     *
     * @param {Shown & { near: boolean }} next
     */
    show({ record, index, total, selected, reachable, near, epoch, day, dayOf }) {
      if (shown.record !== record || shown.index !== index || shown.total !== total || shown.epoch !== epoch) {
        draw(record, index, total, near, dayOf);
        root.dataset.index = String(index);
        root.setAttribute("aria-busy", String(!record));
        box.setAttribute("aria-label", msg("Select image {n}", { n: index + 1 }));
      }
      if (shown.day !== day) {
        begins.textContent = day;
        begins.hidden = day === "";
      }
      if (shown.selected !== selected) {
        root.setAttribute("aria-selected", String(selected));
        box.checked = selected;
      }
      if (shown.reachable !== reachable || shown.record !== record) {
        open.tabIndex = reachable ? 0 : -1;
        for (const control of [box, star]) control.tabIndex = reachable && record ? 0 : -1;
      }
      shown = { record, index, total, selected, reachable, epoch, day };
    },
    /** Let go of the picture: one that is still under way would hold a connection. */
    free: () => image.removeAttribute("src"),
  };
}
