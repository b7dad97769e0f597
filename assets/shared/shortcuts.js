// The keys of all pages: what is open, and what the page offers, decide what they do.
import { commandsHere } from "./commands.js";
import { h } from "./dom.js";
import { PAGES } from "./facts.js";
import { commandOf, commands, withControl } from "./keys.js";
import { openKeys } from "./keys_dialog.js";
import { msg } from "./language.js";
import { openPalette } from "./palette.js";
import { at } from "./place.js";
import { singleKeys } from "./single_keys.js";

/** What may be read beside the list of keys, or left by the palette; other dialogs ask something. */
const QUIET = ".viewer, .compare";

/** Whether nothing is open that has to be answered first. */
const free = () => [...document.querySelectorAll("dialog:modal")].every((dialog) => dialog.matches(QUIET));

/** Whether a key alone is meant for the page itself. */
export const nothingOpen = () => !document.querySelector("dialog:modal, :popover-open:not(.connection)");

/**
 * Listen to the keys of all pages, and put a button for the palette into the header.
 *
 * @param {HTMLElement} header
 */
export function watchKeys(header) {
  document.addEventListener("keydown", (event) => {
    if (commands(event, "k")) {
      const open = document.querySelector("dialog.palette");
      if (!open && !free()) return;
      event.preventDefault(); // else a browser goes to its own search
      event.stopPropagation();
      if (open instanceof HTMLDialogElement) open.close();
      else openPalette();
    }
  });
  document.addEventListener("keydown", (event) => {
    const key = singleKeys() ? commandOf(event) : "";
    if (key === "?" && free()) openKeys();
    else if (!nothingOpen()) return;
    else if (key === "/") (commandsHere().search ?? openPalette)();
    else if (key === "g") (commandsHere().results ?? toGallery)();
    else return;
    event.preventDefault();
  });
  header.querySelector(".bar nav")?.after(
    h(
      "button",
      {
        type: "button",
        class: "find",
        "aria-haspopup": "dialog",
        "aria-keyshortcuts": "Control+K Meta+K",
        title: msg("Find anything by name"),
        onclick: openPalette,
      },
      h("span", { class: "glyph" }),
      h("span", { class: "longer", text: msg("Find") }),
      h("kbd", { text: withControl("K") }),
    ),
  );
}

const toGallery = () => location.assign(at(PAGES.gallery));
