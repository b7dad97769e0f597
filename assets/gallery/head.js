// The gallery's head: title and total, the search box, buttons.

import { announce } from "../shared/announce.js";
import { answering } from "../shared/connection.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { SEARCH_MAX_CHARS } from "../shared/facts.js";
import { openKeys } from "../shared/keys_dialog.js";
import { msg, msgN } from "../shared/language.js";
import { entitle } from "../shared/title.js";
import { makeHint } from "./hint.js";
import { saidLost } from "./lost.js";
import { asked, shownAs } from "./typed.js";

const TYPING_MS = 200;
const RESTS_MS = 1000;
const NARROW = matchMedia("(max-width: 700px), (max-height: 560px)");

/**
 * The head. `search(q, {settled})` is told what is typed, as the address has it, the other callbacks
 * what is pressed; `empty` shows why there is nothing.
 *
 * @param {{
 *   filters: import("./filters.js").Filters,
 *   size: HTMLElement,
 *   empty: ReturnType<typeof import("./empty.js").makeEmpty>,
 *   search: (q: string, how: { settled: boolean }) => void,
 *   toTrash: (trash: boolean) => void,
 *   emptyTrash: () => void,
 *   bringIn: () => void,
 * }} gallery
 */
export function makeHead({ filters, size, empty, search, toTrash, emptyTrash, bringIn }) {
  let typing = 0; // a timer, 0 once it is asked for
  let refused = "";
  const title = h("h2", { text: msg("Gallery") });
  const total = h("p", { class: "total" });
  const input = h("input", {
    type: "search",
    dir: "auto",
    id: "gallery-search",
    placeholder: msg("Search prompts"),
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    "aria-describedby": "gallery-syntax gallery-refusal",
    "aria-keyshortcuts": "/",
    maxlength: SEARCH_MAX_CHARS,
  });
  const syntax = makeHint({ id: "gallery-syntax" });
  const refusal = h("p", { class: "field-error", id: "gallery-refusal", role: "alert", hidden: true });
  const back = h(
    "button",
    { type: "button", class: "plain", onclick: () => toTrash(false) },
    ...longOrShort(msg("Back to the gallery"), msg("Back")),
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
    { type: "button", class: "plain danger", onclick: emptyTrash },
    ...longOrShort(msg("Empty the trash"), msg("Empty")),
  );
  const keys = h("button", {
    type: "button",
    class: "plain keys",
    text: "?",
    title: msg("Keys"),
    "aria-label": msg("Keys"),
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
      h("label", { class: "off-screen", for: input.id, text: msg("Search prompts") }),
      h("span", { class: "glyph g-glass" }),
      input,
      syntax,
    ),
    h("div", { class: "tools" }, filters.button, size, emptying, back, trash, keys),
    refusal,
  );
  const pill = h("button", { type: "button", class: "pill", hidden: true, onclick: bringIn });
  const lost = h("p", { class: "lost", hidden: true });

  /** @param {boolean} settled */
  const send = (settled) => {
    clearTimeout(typing);
    typing = 0;
    search(asked(input.value), { settled });
  };
  const sendSoon = () => {
    clearTimeout(typing);
    typing = setTimeout(() => send(false), TYPING_MS);
  };
  input.addEventListener("input", (event) => /** @type {InputEvent} */ (event).isComposing || sendSoon());
  input.addEventListener("compositionend", sendSoon); // no other event tells of what was put together
  input.addEventListener("change", () => send(true));
  input.addEventListener("keydown", (event) => meansEnter(event) && send(true));

  return {
    root,
    pill: h("div", { class: "pill-place" }, pill, lost),
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
      title.textContent = inTrash ? msg("Trash") : msg("Gallery");
      entitle("page", inTrash ? msg("Trash") : "");
      entitle("search", (query.get("q") ?? "").replace(/\*$/, ""));
      if (total.textContent !== text) announce(text, { about: "found", rests: RESTS_MS }); // not at each letter
      total.textContent = text;
      trashText.textContent = trashed ? msg("Trash ({n})", { n: trashed }) : msg("Trash");
      trash.hidden = inTrash;
      back.hidden = emptying.hidden = !inTrash;
      emptying.disabled = trashed === 0;
      const kind =
        count === null ? (broken ? "broken" : "") : count > 0 ? "" : narrowed ? "narrowed" : inTrash ? "trash" : "none";
      lost.hidden = !broken || count === null || !answering(); // else the page says so at its top
      const trouble = lost.hidden ? "" : saidLost();
      if (trouble !== lost.textContent) announce(trouble, { about: "lost" });
      lost.textContent = trouble;
      empty.show(kind, query);
    },

    /**
     * Show in the search box what is looked for, unless something is being typed there.
     *
     * @param {string} q
     */
    type(q) {
      if (!typing && asked(input.value) !== q) input.value = shownAs(q);
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
      const text = msgN("1 new image", "{n} new images", count);
      if (count && pill.textContent !== text) announce(text, { about: "arrived" });
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

/**
 * What a button says in a wide window, and in a narrow one; its name is the long text in both.
 *
 * @param {string} long
 * @param {string} short
 */
function longOrShort(long, short) {
  return [
    h("span", { class: "longer", text: long }),
    h("span", { class: "shorter", "aria-hidden": "true", text: short }),
  ];
}
