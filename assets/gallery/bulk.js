// The bar for what is selected: star, rate, tag, compare, download, delete, or restore and forget.

import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { COMPARED_MAX, HTML_MAX_IMAGES, PNG_MAX_IMAGES, TAG_MAX_CHARS } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { tagsIn } from "../shared/marks.js";
import { stepFor } from "../shared/onward.js";
import { at } from "../shared/place.js";
import { openCompare } from "../viewer/compare.js";
import { complain } from "./deeds.js";

/** @type {[what: string, metadata: number, name: string, hint: string, most: number][]} */
const WHAT = [
  ["zip", 1, msg("ZIP with settings inside"), msg("Each image as it is stored"), Infinity],
  ["zip", 0, msg("ZIP without settings"), msg("The pixels alone, to give away"), Infinity],
  ["html", 1, msg("Contact sheet, one HTML file"), msg("Opens anywhere, brings the settings back"), HTML_MAX_IMAGES],
  ["png", 1, msg("Contact sheet, one picture"), msg("A PNG, 1,920 pixels wide, to put on a slide"), PNG_MAX_IMAGES],
];

/**
 * The bar over `selection`. `total()` is how many match, null while it is not known; `narrowed()` whether a filter
 * is on; `facets()` the last facets; `inTrash()` whether these are in the trash; `apply(changes)`
 * changes what is selected, `forget()` asks and forgets it; `slides()` plays it; `clear()` ends it; `compared()` is told when a comparison has ended,
 * `resized()` that the bar is as high as `height` now.
 *
 * @param {{
 *   selection: import("./selection.js").Selection,
 *   total: () => number | null,
 *   facets: () => Facets,
 *   narrowed: () => boolean,
 *   inTrash: () => boolean,
 *   apply: (changes: Changes) => void,
 *   forget: () => void,
 *   slides: () => void,
 *   clear: () => void,
 *   compared: () => void,
 *   resized: () => void,
 * }} gallery
 */
export function makeBulkBar({
  selection,
  total,
  facets,
  narrowed,
  inTrash,
  apply,
  forget,
  slides,
  clear,
  compared,
  resized,
}) {
  let height = 0; // in px, 0 where nothing is selected
  const count = h("strong");
  const everything = h("button", {
    type: "button",
    class: "quiet",
    onclick: () => selection.selectAll().catch(complain),
  });
  const star = action(msg("Star"), "star-line", () => apply({ starred: true }));
  const unstar = action(msg("Unstar"), "star-line", () => apply({ starred: false }));
  const compare = action(msg("Compare"), "compare", () =>
    openCompare(selection.target().ids ?? [], { closed: compared }),
  );
  const play = action(msg("Play as slides"), "slides", slides);
  play.classList.add("play");
  const rate = menu(msg("Rate"), "star-line", ratings());
  const tag = menu(msg("Tag"), "tag", tagging());
  const download = menu(msg("Download"), "download", downloads());
  const remove = action(msg("Delete"), "trash", () => apply({ deleted: true }));
  const restore = action(msg("Restore"), "restore", () => apply({ deleted: false }));
  const away = action(msg("Forget for good"), "cross", forget);
  const root = h(
    "section",
    { class: "bulk", "aria-label": msg("Selected images"), hidden: true },
    h(
      "div",
      { class: "chosen" },
      count,
      everything,
      h("button", {
        type: "button",
        class: "quiet",
        text: msg("Clear"),
        "aria-label": msg("Clear the selection"),
        "aria-keyshortcuts": "Escape",
        onclick: clear,
      }),
    ),
    h(
      "div",
      { class: "doings" },
      star,
      unstar,
      rate.button,
      tag.button,
      // Where they need two rows, these are the second one: no button stands alone there.
      h("div", { class: "further" }, compare, play, download.button, restore, away, remove),
    ),
    rate.panel,
    tag.panel,
    download.panel,
  );

  new ResizeObserver(() => {
    height = root.offsetHeight;
    document.body.style.setProperty("--bulk", `${height}px`); // the notes stand above it
    resized();
  }).observe(root);

  function ratings() {
    const stars = [5, 4, 3, 2, 1].map((rating) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": msgN("1 star", "{n} stars", rating),
          onclick: () => done(rate, { rating }),
        },
        h("span", { class: "stars", text: "\u2605".repeat(rating) }),
      ),
    );
    const none = h("button", { type: "button", text: msg("No rating"), onclick: () => done(rate, { rating: 0 }) });
    stars[0].autofocus = true;
    return { content: [...stars, none] };
  }

  function tagging() {
    const known = h("datalist", { id: "bulk-tags" });
    const input = h("input", {
      type: "text",
      dir: "auto",
      list: known.id,
      "aria-label": msg("Tag"),
      placeholder: msg("Tag"),
      maxlength: TAG_MAX_CHARS,
      autocomplete: "off",
      enterkeyhint: "done",
      autofocus: true,
    });
    const on = h("div", { class: "tags-on" });
    const add = () => tagsIn(input.value).length && done(tag, { add_tags: tagsIn(input.value) });
    return {
      content: [
        h(
          "form",
          {
            onsubmit: (event) => {
              event.preventDefault();
              add();
            },
          },
          input,
          known,
          h("button", { type: "submit", class: "main", text: msg("Add") }),
        ),
        on,
      ],
      opening() {
        input.value = "";
        known.replaceChildren(...facets().tags.map((entry) => h("option", { value: entry.tag })));
        const names = [...new Set(selection.records.flatMap((record) => record.tags ?? []))].sort().slice(0, 20);
        on.replaceChildren(
          ...(names.length ? [h("p", { text: msg("Remove") })] : []),
          ...names.map((name) =>
            h(
              "button",
              {
                type: "button",
                class: "filter-chip",
                "aria-label": msg("Remove tag: {tag}", { tag: name }),
                onclick: () => done(tag, { remove_tags: [name] }),
              },
              h("bdi", { text: name }),
              h("span", { class: "glyph g-cross" }),
            ),
          ),
        );
      },
    };
  }

  function downloads() {
    const choices = WHAT.map(([what, metadata, text, hint, most]) => {
      const note = h("small");
      const onclick = () => {
        download.panel.hidePopover();
        send(what, metadata);
      };
      return { button: h("button", { type: "button", onclick }, h("span", { text }), note), note, hint, most };
    });
    choices[0].button.autofocus = true;
    return {
      content: choices.map(({ button }) => button),
      opening() {
        for (const { button, note, hint, most } of choices) {
          button.disabled = selection.size > most;
          note.textContent = button.disabled ? msgN("Holds up to 1 image", "Holds up to {n} images", most) : hint;
        }
      },
    };
  }

  /**
   * @param {{ panel: HTMLElement }} from
   * @param {Changes} changes
   */
  function done(from, changes) {
    from.panel.hidePopover();
    apply(changes);
  }

  /**
   * Post a real form: its answer is a download, of which a script could not write a large one.
   *
   * @param {string} what
   * @param {number} metadata
   */
  function send(what, metadata) {
    const { ids, query } = selection.target();
    const values = { ...(ids ? { ids: ids.join(",") } : { query }), what, metadata };
    const form = h(
      "form",
      { method: "post", action: at("/api/export"), hidden: true },
      ...Object.entries(values).map(([name, value]) => h("input", { type: "hidden", name, value })),
    );
    // Under no-referrer a browser posts a form with "Origin: null", which the server refuses.
    const policy = h("meta", { name: "referrer", content: "same-origin" });
    document.head.append(policy);
    document.body.append(form);
    form.submit();
    form.remove();
    policy.remove();
  }

  return {
    root,
    get height() {
      return height;
    },
    draw() {
      const size = selection.size;
      root.hidden = size === 0;
      if (!size) {
        for (const { panel } of [rate, tag, download]) if (panel.matches(":popover-open")) panel.hidePopover();
        return;
      }
      const trash = inTrash();
      const single = !selection.all;
      const starred = single && selection.records.every((record) => record.starred);
      const told = msgN("1 selected", "{n} selected", size);
      if (count.textContent !== told) announce(told, { about: "selection", rests: 400 });
      count.textContent = told;
      everything.textContent = sayAll(total(), narrowed());
      everything.hidden = size >= (total() ?? Infinity);
      star.hidden = trash || starred;
      unstar.hidden = trash || (single && !starred);
      for (const button of [rate.button, tag.button, remove]) button.hidden = trash;
      compare.hidden = play.hidden = trash;
      compare.disabled = !single || size < 2 || size > COMPARED_MAX;
      compare.title = compare.disabled ? msg("Select 2 to {most} images to compare them", { most: COMPARED_MAX }) : "";
      restore.hidden = away.hidden = !trash;
    },
  };
}

/**
 * What selects all: how many, where that is known, and whether they are those that match.
 *
 * @param {number | null} total
 * @param {boolean} narrowed
 */
function sayAll(total, narrowed) {
  if (total === null) return narrowed ? msg("Select all that match") : msg("Select all");
  return narrowed ? msg("Select all {total} that match", { total }) : msg("Select all {total}", { total });
}

/**
 * @param {string} text
 * @param {string} icon
 * @param {() => void} onclick
 */
function action(text, icon, onclick) {
  return h("button", { type: "button", onclick }, h("span", { class: `glyph g-${icon}` }), h("span", { text }));
}

/**
 * A button that opens a small panel above itself; `opening` is called each time, before it is shown.
 * What has `autofocus` gets the focus with it: a key pressed at once is never another one's command.
 *
 * @param {string} text
 * @param {string} icon
 * @param {{ content: HTMLElement[], opening?: () => void }} inside
 */
function menu(text, icon, { content, opening = () => {} }) {
  const panel = h("div", { class: "menu", popover: "auto", role: "group", "aria-label": text }, ...content);
  const button = action(text, icon, () => {});
  button.setAttribute("aria-expanded", "false");
  /** Place the panel over its button. It is laid out unseen for its width: at no moment does it stand elsewhere. */
  function stand() {
    const place = button.getBoundingClientRect();
    const start = stepFor(1) > 0 ? place.left : innerWidth - place.right;
    panel.style.display = "block";
    const most = innerWidth - panel.offsetWidth - 8;
    panel.style.removeProperty("display");
    panel.style.insetInlineStart = `${Math.max(8, Math.min(start, most))}px`;
    panel.style.bottom = `${innerHeight - place.top + 8}px`;
  }
  panel.addEventListener("beforetoggle", (event) => {
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    opening();
    stand();
  });
  panel.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const buttons = [...panel.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    buttons[(at + step + buttons.length) % buttons.length].focus();
  });
  button.popoverTargetElement = panel; // a click on it while open closes, not closes and opens again
  button.popoverTargetAction = "toggle";
  return { button, panel };
}
