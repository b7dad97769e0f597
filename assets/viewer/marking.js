// What a person puts on an image: a star, a rating from 1 to 5, tags. Shown at once, then stored.

import { announce } from "../shared/announce.js";
import { getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { RATING_MAX, TAG_MAX_CHARS } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { mark, sayMarked, tagsIn } from "../shared/marks.js";

const RATINGS = Array.from({ length: RATING_MAX }, (_, index) => index + 1);
let made = 0;

/** @type {Map<string, Changes>} */
const unsent = new Map(); // by image: changes that wait for earlier ones to be stored
addEventListener("pagehide", () => {
  for (const [id, changes] of unsent) mark(id, changes).catch(() => {});
  unsent.clear();
});

/** @typedef {ReturnType<typeof makeMarks>} Marks */

/**
 * The marks of `record`; `changed(record)` hears of what was stored.
 *
 * @param {ImageRecord} record
 * @param {{ changed: (record: ImageRecord) => void }} told
 */
export function makeMarks(record, { changed }) {
  made += 1;
  const id = `marks-${made}`;
  let stored = record;
  let shown = record;
  let last = Promise.resolve();
  let turns = 0;
  let words = ""; // typed as tags and not stored yet

  /** @type {HTMLButtonElement} */
  const star = h("button", {
    type: "button",
    class: "star",
    dataset: { keep: "star" },
    title: msg("Star (s)"),
    "aria-keyshortcuts": "s",
    onclick: () => marks.toggleStar(),
  });
  const choices = RATINGS.map((value) => {
    const input = h("input", {
      type: "radio",
      name: id,
      value,
      "aria-label": msg("Rate {rating} of {most}", { rating: value, most: RATING_MAX }),
      dataset: { keep: `rate-${value}` },
      onchange: () => marks.rate(value),
    });
    const sign = h("span", { "aria-hidden": "true" });
    const title = msg("Rate {rating} of {most} ({key})", { rating: value, most: RATING_MAX, key: String(value) });
    const label = h("label", { title }, input, sign);
    return { value, input, sign, label };
  });
  const clear = h("button", {
    type: "button",
    class: "textual clear",
    text: msg("Remove"),
    title: msg("Remove the rating (0)"),
    "aria-label": msg("Remove the rating"),
    onclick: () => marks.rate(0),
  });
  const tags = h("ul", { class: "tags", "aria-label": msg("Tags") });
  const known = h("datalist", { id: `${id}-known` });
  const input = h("input", {
    type: "text",
    dir: "auto",
    list: known.id,
    maxlength: TAG_MAX_CHARS,
    placeholder: msg("Add a tag"),
    "aria-label": msg("Add a tag"),
    autocomplete: "off",
    enterkeyhint: "done",
    dataset: { keep: "tag" },
    onfocus: suggest,
    onkeydown: (event) => meansEnter(event) && add(),
  });
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  /** @type {HTMLElement} */
  const root = h(
    "div",
    { class: "marks" },
    h(
      "div",
      { class: "judge" },
      star,
      h(
        "fieldset",
        { class: "rating" },
        h("legend", { class: "off-screen", text: msg("Rating") }),
        ...choices.map((choice) => choice.label),
      ),
      clear,
    ),
    h(
      "div",
      { class: "tagging" },
      tags,
      h(
        "div",
        { class: "add-tag" },
        input,
        known,
        h("button", { type: "button", text: msg("Add"), "aria-label": msg("Add the tag"), onclick: add }),
      ),
    ),
    trouble,
  );

  const marks = {
    root,
    /** How often something was set: what was asked for before that is older. */
    get turns() {
      return turns;
    },
    toggleStar: () => set({ starred: !shown.starred }),
    /**
     * Rate from 1 to 5; 0 takes the rating away.
     *
     * @param {number} value
     */
    rate: (value) => value !== shown.rating && set({ rating: value }),
    /**
     * Show what is stored by now, unless something is on its way there.
     *
     * @param {ImageRecord} next
     */
    update(next) {
      const quiet = shown === stored;
      stored = next;
      if (quiet) draw(next);
    },
  };

  /**
   * Show `changes`, then store them, one after another: the last click wins.
   *
   * @param {Changes} changes
   */
  function set(changes) {
    turns += 1;
    const mine = /** @type {ImageRecord} */ ({ ...shown, ...changes });
    const touched = document.activeElement?.closest(".star, .rating"); // those say so themselves
    if (!touched || changes.tags) announce(sayMarked(changes, shown.tags ?? []), { about: "marks" });
    draw(mine);
    trouble.hidden = true;
    unsent.set(record.id, { ...unsent.get(record.id), ...changes });
    last = last.then(async () => {
      const next = unsent.get(record.id); // all that waited, at once; else it went with another
      unsent.delete(record.id);
      try {
        if (next) {
          const { record: now, undo } = await mark(record.id, next);
          stored = now;
          words = unsent.get(record.id)?.tags ? words : "";
          changed(stored);
          undo?.after(renew);
        }
      } catch (error) {
        trouble.textContent = /** @type {AskError} */ (error).message;
        trouble.hidden = false;
        if (next?.tags) {
          input.value ||= words; // they can be mended, and are not typed again
          words = "";
        }
      }
      if (shown === mine) draw(stored);
    });
    return last;
  }

  /** Show what an undo has left. */
  async function renew() {
    /** @type {Details | null} */
    const found = await getJson(`/api/images/${record.id}`);
    if (!found) return;
    changed(found.record);
    marks.update(found.record);
  }

  /** @param {ImageRecord} next */
  function draw(next) {
    shown = next;
    star.replaceChildren(
      h("span", { "aria-hidden": "true", text: next.starred ? "\u2605" : "\u2606" }),
      h("span", { class: "name", text: next.starred ? msg("Starred") : msg("Star") }),
    );
    star.setAttribute("aria-pressed", String(next.starred));
    const rating = next.rating ?? 0;
    for (const { value, input: radio, label, sign } of choices) {
      radio.checked = value === rating;
      label.classList.toggle("on", value <= rating);
      sign.textContent = value <= rating ? "\u2605" : "\u2606";
    }
    if (!rating && document.activeElement === clear) star.focus();
    clear.hidden = !rating;
    tags.replaceChildren(...(next.tags ?? []).map(chip));
    tags.hidden = !next.tags?.length;
  }

  /** @param {string} tag */
  function chip(tag) {
    const remove = () => {
      set({ tags: shown.tags.filter((other) => other !== tag) });
      input.focus();
    };
    return h(
      "li",
      {},
      h("bdi", { text: tag }),
      h("button", {
        type: "button",
        text: "\u00d7",
        title: msg("Remove"),
        "aria-label": msg("Remove the tag {tag}", { tag }),
        onclick: remove,
      }),
    );
  }

  function add() {
    const now = shown.tags ?? [];
    const more = tagsIn(input.value).filter((tag) => !now.includes(tag));
    if (more.length) words = input.value;
    input.value = "";
    if (more.length) set({ tags: [...now, ...more] });
  }

  async function suggest() {
    /** @type {Facets | null} */
    const facets = await getJson("/api/facets");
    const here = new Set(shown.tags);
    known.replaceChildren(
      ...(facets?.tags ?? []).filter(({ tag }) => !here.has(tag)).map(({ tag }) => h("option", { value: tag })),
    );
  }

  draw(record);
  return marks;
}
