// The gallery's head: title and total, the search box, buttons; and what stands there instead of
// images: that there are none, that none match, that the program does not answer.

import { getJson, noAnswer } from "../shared/ask.js";
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { PAGES, SEARCH_MAX_CHARS } from "../shared/facts.js";
import { openKeys } from "../shared/keys_dialog.js";
import { at } from "../shared/place.js";
import { images } from "../shared/words.js";

const TYPING_MS = 200;
const PHRASE_MS = 1500; // while a "phrase is open, its end is still being typed
const NARROW = matchMedia("(max-width: 700px), (max-height: 560px)");

/**
 * The head. `search(text, {settled})` is told what is typed, the other callbacks what is pressed.
 *
 * @param {{
 *   filters: import("./filters.js").Filters,
 *   search: (text: string, how: { settled: boolean }) => void,
 *   toTrash: (trash: boolean) => void,
 *   emptyTrash: () => void,
 *   again: () => void,
 *   bringIn: () => void,
 * }} gallery
 */
export function makeHead({ filters, search, toTrash, emptyTrash, again, bringIn }) {
  let typing = 0;
  let trashCount = 0;
  let asking = false;
  let refused = "";
  const title = h("h2", { text: "Gallery" });
  const total = h("p", { class: "total", role: "status" });
  const input = h("input", {
    type: "search",
    dir: "auto",
    id: "gallery-search",
    placeholder: "Search prompts",
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    "aria-describedby": "gallery-syntax gallery-refusal",
    "aria-keyshortcuts": "/",
    maxlength: SEARCH_MAX_CHARS,
  });
  const syntax = h(
    "p",
    { class: "syntax", id: "gallery-syntax" },
    ...[
      ["red barn", "both words"],
      ['"red barn"', "as it stands"],
      ["-cat", "without cat"],
      ["light*", "begins so"],
    ].map(([example, text]) => h("span", {}, h("code", { text: example }), ` ${text}`)),
  );
  const refusal = h("p", { class: "field-error", id: "gallery-refusal", role: "alert", hidden: true });
  const back = h(
    "button",
    { type: "button", class: "plain", onclick: () => toTrash(false) },
    "Back ",
    h("span", { class: "longer", text: "to the gallery" }),
  );
  const trashText = h("span");
  const trash = h(
    "button",
    { type: "button", class: "plain to-trash", onclick: () => toTrash(true) },
    h("span", { class: "glyph g-trash" }),
    trashText,
  );
  const emptying = h(
    "button",
    { type: "button", class: "plain danger", onclick: confirm },
    "Empty ",
    h("span", { class: "longer", text: "the trash" }),
  );
  const keys = h("button", {
    type: "button",
    class: "plain keys",
    text: "?",
    title: "Keys",
    "aria-label": "Keys",
    "aria-keyshortcuts": "?",
    onclick: openKeys,
  });
  const root = h(
    "div",
    { class: "gallery-top" },
    h("div", { class: "titles" }, title, total),
    h(
      "div",
      { class: "search", role: "search" },
      h("label", { class: "off-screen", for: input.id, text: "Search prompts" }),
      h("span", { class: "glyph g-glass" }),
      input,
      syntax,
    ),
    h("div", { class: "tools" }, filters.button, emptying, back, trash, keys),
    refusal,
  );
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: bringIn });
  const lost = h("p", { class: "lost", role: "status", hidden: true });
  const pillStatus = h("p", { class: "off-screen", role: "status" });
  const empty = h("div", { class: "empty", hidden: true });
  let emptyKind = "";

  /** @param {boolean} settled */
  const send = (settled) => {
    clearTimeout(typing);
    search(input.value.trim(), { settled });
  };
  input.addEventListener("input", (event) => {
    clearTimeout(typing);
    if (!(/** @type {InputEvent} */ (event).isComposing))
      typing = setTimeout(() => send(false), input.value.split('"').length % 2 ? TYPING_MS : PHRASE_MS);
  });
  input.addEventListener("change", () => send(true));
  input.addEventListener("keydown", (event) => meansEnter(event) && send(true));

  async function confirm() {
    if (asking) return; // a second click would be a second question
    asking = true;
    const count = (await getJson("/api/facets"))?.trash ?? trashCount; // what is shown may be a moment old
    asking = false;
    if (!count) return again();
    const files = count === 1 ? "its file" : "their files";
    /** @type {HTMLDialogElement} */
    const dialog = h(
      "dialog",
      {
        class: "small-dialog",
        role: "alertdialog",
        "aria-labelledby": "confirm-title",
        "aria-describedby": "confirm-text",
        onclose: () => dialog.remove(),
      },
      h("h3", { id: "confirm-title", text: "Empty the trash?" }),
      h("p", {
        id: "confirm-text",
        text: `${images(count)} will be removed for good, with ${files}. This cannot be undone.`,
      }),
      h(
        "div",
        { class: "answers" },
        h("button", { type: "button", text: "Cancel", onclick: () => dialog.close() }),
        h("button", {
          type: "button",
          class: "main danger",
          text: `Remove ${images(count)}`,
          onclick: () => {
            dialog.close();
            emptyTrash();
          },
        }),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  }

  /** @param {string} kind */
  function fillEmpty(kind) {
    if (kind === emptyKind) return;
    emptyKind = kind;
    /**
     * @param {string} text
     * @param {() => void} onclick
     */
    const button = (text, onclick) => h("button", { type: "button", class: "plain", text, onclick });
    /** @type {{ [kind: string]: () => HTMLElement[] }} */
    const kinds = {
      "": () => [],
      broken: () => [
        h("h3", { text: "No images could be fetched" }),
        h("p", { text: `${noAnswer()} This page tries again by itself.` }),
        button("Try again", again),
      ],
      narrowed: () => [
        h("h3", { text: "Nothing matches" }),
        h("p", { text: "No image has all of what you ask for." }),
        button("Clear all", () => filters.clear()),
      ],
      trash: () => [
        h("h3", { text: "The trash is empty" }),
        h("p", { text: "Images that you delete are kept here until you empty it." }),
        button("Back to the gallery", () => toTrash(false)),
      ],
      none: () => [
        h("h3", { text: "No images yet" }),
        h(
          "p",
          {},
          "Every image you make is stored and shown here. ",
          h("a", { href: at(PAGES.create), text: "Create your first one" }),
          ".",
        ),
      ],
    };
    empty.replaceChildren(...kinds[kind]());
  }

  return {
    root,
    pill: h("div", { class: "pill-place" }, pill, lost, pillStatus),
    empty,
    focus: () => {
      input.focus();
      input.select();
    },
    get refused() {
      return refused !== "";
    },

    /**
     * Show how many there are (`text`), or why there is nothing to see.
     *
     * @param {{
     *   total: number | null,
     *   text: string,
     *   query: URLSearchParams,
     *   narrowed: boolean,
     *   trash: number,
     *   broken: boolean,
     * }} now
     */
    show({ total: count, text, query, narrowed, trash: trashed, broken }) {
      const inTrash = query.get("trash") === "1";
      trashCount = trashed;
      title.textContent = inTrash ? "Trash" : "Gallery";
      if (total.textContent !== text) total.textContent = text;
      trashText.textContent = trashed ? `Trash (${trashed.toLocaleString()})` : "Trash";
      trash.hidden = inTrash;
      back.hidden = emptying.hidden = !inTrash;
      emptying.disabled = trashed === 0;
      const kind =
        count === null ? (broken ? "broken" : "") : count > 0 ? "" : narrowed ? "narrowed" : inTrash ? "trash" : "none";
      empty.hidden = kind === "";
      lost.hidden = !broken || count === null || !answering(); // else the page says so at its top
      if (!lost.hidden) lost.textContent = `${noAnswer()} This page tries again by itself.`;
      fillEmpty(kind);
    },

    /**
     * Put `text` into the search box, unless it is being typed there.
     *
     * @param {string} text
     */
    type(text) {
      if (input.value.trim() !== text) input.value = text;
    },

    /**
     * Show why the server refuses the search, in its words; "" takes that away.
     *
     * @param {string} text
     */
    refuse(text) {
      refused = refusal.textContent = text;
      refusal.hidden = text === "";
      if (text) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    },

    /**
     * Offer `count` images that are new.
     *
     * @param {number} count
     */
    arrived(count) {
      pill.hidden = count === 0;
      const text = count === 1 ? "1 new image" : `${count.toLocaleString()} new images`;
      if (count && pill.textContent !== text) pillStatus.textContent = text;
      pill.textContent = text;
    },

    /**
     * On a small screen the page's head makes room once one scrolls down in `wall`.
     *
     * @param {HTMLElement} wall
     */
    roll(wall) {
      const target = root.getBoundingClientRect().top;
      if (!NARROW.matches || wall.scrollTop < 60 || target < 16) return;
      const gentle = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
      scrollBy({ top: target - 8, behavior: gentle });
    },
  };
}
