// Earlier prompts in a dialog: newest first, searched as one types, chosen by click or by keyboard.

import { announce } from "../shared/announce.js";
import { getJson, noAnswer } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { PROMPTS_SHOWN } from "../shared/facts.js";
import { msg, msgN } from "../shared/language.js";
import { when } from "../shared/words.js";
import { walkList } from "./walk_list.js";

const PAUSE_MS = 150;

/**
 * Open the list; `chosen(prompt)` is called once the dialog has closed.
 *
 * @param {(prompt: string) => void} chosen
 */
export function openPrompts(chosen) {
  let questions = 0;
  let timer = 0;
  /** @type {string | null} */
  let picked = null;
  // Not of type search: there the first Escape would clear the field, and only the next one close.
  const search = h("input", {
    type: "text",
    dir: "auto",
    role: "searchbox",
    placeholder: msg("Search your prompts"),
    "aria-label": msg("Search your prompts"),
    autocomplete: "off",
    spellcheck: "false",
    enterkeyhint: "go",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(load, PAUSE_MS);
    },
  });
  const status = h("p", { class: "said" });
  const list = h("ul");
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    {
      class: "sheet-dialog prompts",
      "aria-label": msg("Earlier prompts"),
      onclose: () => {
        clearTimeout(timer);
        dialog.remove();
        if (picked !== null) chosen(picked);
      },
    },
    h(
      "div",
      { class: "dialog-bar" },
      h("h2", { text: msg("Earlier prompts") }),
      h("button", { type: "button", text: msg("Close"), onclick: () => dialog.close() }),
    ),
    h("div", { class: "search" }, search),
    status,
    list,
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", onKey);

  async function load() {
    const question = ++questions;
    const words = search.value.trim();
    /** @type {{ prompts: EarlierPrompt[] } | null} */
    const answer = await getJson(`/api/prompts?limit=${PROMPTS_SHOWN}&q=${encodeURIComponent(words)}`);
    if (question !== questions || !dialog.open) return; // typed on meanwhile
    const prompts = answer?.prompts ?? [];
    list.replaceChildren(...prompts.map(row));
    status.textContent = answer === null ? noAnswer() : saidFound(prompts.length, words);
    announce(status.textContent, { about: "prompts", rests: 600 });
  }

  /** @param {EarlierPrompt} earlier */
  function row({ prompt, used, uses }) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          onclick: () => {
            picked = prompt;
            dialog.close();
          },
        },
        h("span", { class: "what", dir: "auto", text: prompt }),
        h(
          "span",
          { class: "facts" },
          h("span", { text: when(used) }),
          uses > 1 ? h("span", { text: msgN("used once", "used {n} times", uses) }) : null,
        ),
      ),
    );
  }

  /**
   * Arrows walk from the search through the list and back; Enter in the search takes the first.
   *
   * @param {KeyboardEvent} event
   */
  function onKey(event) {
    const rows = [...list.querySelectorAll("button")];
    if (meansEnter(event) && document.activeElement === search && rows.length && search.value.trim()) {
      event.preventDefault();
      rows[0].click();
      return;
    }
    walkList(event, search, rows);
  }

  document.body.append(dialog);
  dialog.showModal();
  search.focus();
  load();
}

/**
 * What stands above the list.
 *
 * @param {number} count
 * @param {string} words that were searched for
 */
function saidFound(count, words) {
  if (count === PROMPTS_SHOWN) return msg("The newest {n}. Search to find older ones.", { n: count });
  if (count) return msgN("1 prompt", "{n} prompts", count);
  return words
    ? msg("No earlier prompt has these words.")
    : msg("None yet. The prompts of your images will be listed here.");
}
