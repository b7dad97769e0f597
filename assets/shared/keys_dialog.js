// The list of all keys, in a dialog: those of where one is come first.
import { commandsHere } from "./commands.js";
import { h } from "./dom.js";
import { PAGES } from "./facts.js";
import { KEYS } from "./key_table.js";
import { msg } from "./language.js";
import { at } from "./place.js";
import { setSingleKeys, singleKeys } from "./single_keys.js";

/** Show the list of the keys. */
export function openKeys() {
  const viewing = document.querySelector("dialog.viewer") !== null;
  const near = viewing ? "viewer" : commandsHere().where;
  const groups = [...KEYS].sort((one, other) => Number(other.where === near) - Number(one.where === near));
  const help = h("a", { href: at(PAGES.help), text: msg("Help") });
  const close = h("button", { type: "button", text: msg("Close"), autofocus: true, onclick: () => dialog.close() });
  /** @type {HTMLInputElement} */
  const single = h("input", {
    type: "checkbox",
    "aria-describedby": "keys-single",
    onchange: () => setSingleKeys(single.checked),
  });
  single.checked = singleKeys();
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "sheet-dialog key-list", "aria-labelledby": "keys-title", onclose: () => dialog.remove() },
    h("div", { class: "dialog-bar" }, h("h2", { id: "keys-title", text: msg("Keys") }), help, close),
    h(
      "div",
      { class: "key-groups", tabindex: 0, role: "region", "aria-labelledby": "keys-title" },
      ...groups.map(group),
      h("label", { class: "single" }, single, h("span", { text: msg("Keys without Ctrl") })),
      h("p", {
        id: "keys-single",
        text: msg("Switch these off if you speak to your computer, so that no word is taken for keys."),
      }),
    ),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {import("./key_table.js").KeyGroup} group */
const group = ({ where, title, note, keys }) =>
  h(
    "section",
    { "aria-labelledby": `keys-${where}` },
    h("h3", { id: `keys-${where}`, text: title }),
    note ? h("p", { text: note }) : null,
    h("dl", {}, ...keys.map(([key, text]) => h("div", {}, h("dt", {}, ...caps(key)), h("dd", { text })))),
  );

/**
 * What is pressed, with each key as a cap: "[Shift] + [arrows], [x]".
 *
 * @param {string} keys
 */
const caps = (keys) => keys.split(/\[([^\]]+)\]/).map((part, index) => (index % 2 ? h("kbd", { text: part }) : part));
