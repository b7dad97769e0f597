// A dialog with a list to choose from: searched as one types, walked through by keys.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { msg } from "../shared/language.js";
import { walkList } from "./walk_list.js";

/**
 * Open it. `draw(words)` gives the rows that the words find, each with a button, and what stands above
 * them; `head` stands before the search, `foot` below the list.
 *
 * @param {{ title: string, search: string, draw: (words: string[]) => { rows: HTMLElement[], said: string },
 *   head?: HTMLElement | null, foot?: HTMLElement | null }} how
 */
export function openPicker({ title, search: name, draw, head = null, foot = null }) {
  // Not of type search: there the first Escape would clear the field, and only the next one close.
  const search = h("input", {
    type: "text",
    dir: "auto",
    role: "searchbox",
    placeholder: name,
    "aria-label": name,
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    oninput: typed,
  });
  const said = h("p", { class: "said" });
  const list = h("ul");
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "sheet-dialog picker", "aria-label": title, onclose: () => dialog.remove() },
    h(
      "div",
      { class: "dialog-bar" },
      h("h2", { text: title }),
      h("button", { type: "button", text: msg("Close"), onclick: () => dialog.close() }),
    ),
    head,
    h("div", { class: "search" }, search),
    said,
    list,
    foot,
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", onKey);

  /** Its height follows the list; once a search has begun it stays. */
  function typed() {
    dialog.style.height ||= `${dialog.offsetHeight}px`;
    redraw();
  }

  function redraw() {
    const words = search.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const kept = list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-name") : null;
    const found = draw(words);
    list.replaceChildren(...found.rows);
    said.textContent = found.said;
    if (kept !== null)
      buttons()
        .find((button) => button.dataset.name === kept)
        ?.focus();
    else announce(found.said, { about: "picker", rests: 600 });
  }

  const buttons = () => [.../** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll("button"))];

  /**
   * Arrows walk from the search through the list and back; Enter in the search presses the first.
   *
   * @param {KeyboardEvent} event
   */
  function onKey(event) {
    const rows = buttons();
    if (meansEnter(event) && document.activeElement === search && search.value.trim()) {
      event.preventDefault();
      return rows[0]?.click();
    }
    const elsewhere = !rows.includes(/** @type {HTMLElement} */ (document.activeElement));
    if (elsewhere && document.activeElement !== search) return;
    walkList(event, search, rows);
  }

  document.body.append(dialog);
  dialog.showModal();
  search.focus();
  return {
    dialog,
    redraw,
    /** @param {boolean} shown whether there is anything to be searched */
    showSearch(shown) {
      const had = document.activeElement === search;
      /** @type {HTMLElement} */ (search.parentElement).hidden = !shown;
      if (had && !shown) dialog.querySelector(".picker-foot a")?.focus();
    },
  };
}

/**
 * Whether every word stands somewhere in the texts.
 *
 * @param {string[]} words in small letters
 * @param {string[]} texts
 */
export function finds(words, texts) {
  const all = texts.join("\n").toLocaleLowerCase();
  return words.every((word) => all.includes(word));
}
