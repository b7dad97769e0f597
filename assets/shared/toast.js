// Short notes at the foot of the window, each with at most one button, which Ctrl+Z presses too.
import { announce } from "./announce.js";
import { h } from "./dom.js";
import { msg } from "./language.js";
import { offer } from "./undo.js";

const STAY_MS = 5000;
const STAY_WITH_BUTTON_MS = 10000;

/** @type {HTMLElement | undefined} */
let region;

/**
 * Show `text`; `action` names a button that calls `onaction` once, while the note is there; with
 * `undo` it is that offer's, which may outlive the note. `urgent` is read out at once.
 *
 * @param {string} text
 * @param {{ action?: string | null, onaction?: () => void, undo?: Undoable | null, urgent?: boolean }} options
 */
export function toast(text, { action = null, onaction = () => {}, undo = null, urgent = false } = {}) {
  let timer = 0;
  const note = h("div", { class: "toast", role: urgent ? "alert" : null, dataset: { urgent } });
  const name = undo ? msg("Undo") : action;
  const mine = undo ?? (name ? offer(onaction) : null);
  /** @type {EventTarget | null} */
  let before = null;
  const close = () => {
    clearTimeout(timer);
    if (!undo) mine?.withdraw();
    const within = note.contains(document.activeElement);
    note.remove();
    // What was focused before its button may be used by keys again.
    if (within && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
  };
  mine?.withdrawn(close);
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(close, name || urgent ? STAY_WITH_BUTTON_MS : STAY_MS);
  };
  note.addEventListener("pointerenter", () => clearTimeout(timer));
  note.addEventListener("pointerleave", wait);
  note.addEventListener("focusin", (event) => {
    clearTimeout(timer);
    if (!note.contains(/** @type {Node | null} */ (event.relatedTarget))) before = event.relatedTarget;
  });
  note.addEventListener("focusout", wait);
  const notes = place();
  notes.append(note);
  if (!urgent) announce(text);
  // A screen reader tells what is put into an alert, not an alert that comes with its text.
  setTimeout(() => {
    note.append(h("span", { text, dir: "auto" }));
    if (mine)
      note.append(
        h("button", {
          type: "button",
          class: "do",
          text: name,
          title: msg("Ctrl+Z"),
          "aria-keyshortcuts": "Control+Z",
          onclick: mine.run,
        }),
      );
    note.append(h("button", { type: "button", class: "away", "aria-label": msg("Dismiss"), onclick: close }));
  });
  while (notes.children.length > 3) notes.querySelector("button.away")?.click();
  wait();
  return close;
}

/** The notes' place: within a modal dialog, as all else cannot be reached while it is open. */
function place() {
  region ??= h("section", { class: "toasts", "aria-label": msg("Notices") });
  const notes = region;
  const modal = [...document.querySelectorAll("dialog:modal")].at(-1);
  const host = modal ?? document.body;
  if (notes.parentNode !== host) host.append(notes);
  modal?.addEventListener("close", () => (notes.childElementCount ? place() : notes.remove()), { once: true });
  return notes;
}
