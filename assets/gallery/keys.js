// The keys of the gallery, as a list to look them up.
import { h } from "../shared/dom.js";

const KEYS = [
  ["Arrows, Home, End, Page Up, Page Down", "Go from image to image"],
  ["Enter", "Open the image"],
  ["s", "Star, or take the star away"],
  ["1 to 5, 0", "Rate, or take the rating away"],
  ["x", "Select"],
  ["Shift + arrows, Shift + click", "Select a range"],
  ["Ctrl + A", "Select all that match"],
  ["Delete", "Move to the trash"],
  ["Ctrl + Z", "Undo the last change"],
  ["Escape", "Clear the selection"],
  ["/", "Search"],
  ["+, -", "Larger or smaller thumbnails"],
  ["?", "This list"],
];

/** Show the list of the keys. */
export function help() {
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "small-dialog", "aria-labelledby": "keys-title", onclose: () => dialog.remove() },
    h("h3", { id: "keys-title", text: "Keys" }),
    h("p", { text: "They act on what is selected, or else on the image in focus." }),
    h("dl", {}, ...KEYS.map(([key, text]) => h("div", {}, h("dt", { text: key }), h("dd", { text })))),
    h(
      "div",
      { class: "answers" },
      h("button", { type: "button", class: "main", text: "Close", onclick: () => dialog.close() }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}
