// The palette: everything by name. A combobox over a listbox, by WAI-ARIA's pattern of that name: the
// focus stays where one types, arrows choose, Enter takes.
import { announce } from "./announce.js";
import { h } from "./dom.js";
import { meansEnter } from "./enter.js";
import { composes } from "./keys.js";
import { msg, msgN } from "./language.js";
import { find } from "./palette_find.js";
import { fetchItems, itemsHere, KINDS } from "./palette_items.js";

/** @typedef {import("./palette_items.js").Item} Item */

const SHOWN = 40; // of what is found
const PAGE = 8;
const TOLD_MS = 400; // a screen reader is told how many there are once one pauses

/** Open the palette. Its items go somewhere or fill something in; none spends anything. */
export function openPalette() {
  const over = document.querySelector("dialog:modal") !== null;
  let items = itemsHere(over);
  /** @type {Item[]} */
  let shown = [];
  let active = 0;
  /** @type {Item | null} */
  let chosen = null;

  const list = h("div", { id: "palette-list", role: "listbox", "aria-label": msg("What is found") });
  const nothing = h("p", { class: "none", hidden: true, text: msg("Nothing has these words.") });
  const input = h("input", {
    type: "text",
    dir: "auto",
    role: "combobox",
    "aria-label": msg("Find by name"),
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-autocomplete": "list",
    placeholder: msg("Page, model, tag, prompt, action"),
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "go",
    oninput: () => {
      active = 0;
      draw();
    },
  });
  const close = h("button", { type: "button", text: msg("Close"), onclick: () => dialog.close() });
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "sheet-dialog palette", "aria-label": msg("Find by name"), onclose: gone },
    h("div", { class: "palette-head" }, input, close),
    nothing,
    list,
  );

  function draw() {
    const text = input.value.trim();
    const found = text ? find(items, text).slice(0, SHOWN) : items;
    // A kind with something better comes first; unasked, they have their order.
    const order = text ? [...new Set(found.map((one) => one.kind))] : KINDS.map(([kind]) => kind);
    const groups = order.flatMap((kind) => {
      const [, title, most] = /** @type {typeof KINDS[number]} */ (KINDS.find(([name]) => name === kind));
      const of = found.filter((one) => one.kind === kind).slice(0, text ? SHOWN : most);
      return of.length ? [{ kind, title, of }] : [];
    });
    shown = groups.flatMap((group) => group.of);
    active = Math.min(active, Math.max(0, shown.length - 1));
    let index = 0;
    list.replaceChildren(
      ...groups.map(({ kind, title, of }) =>
        h(
          "div",
          { role: "group", "aria-labelledby": `palette-${kind}` },
          h("h3", { id: `palette-${kind}`, role: "presentation", text: title }),
          ...of.map((one) => option(one, index++)),
        ),
      ),
    );
    nothing.hidden = shown.length > 0;
    list.hidden = shown.length === 0;
    mark();
    const told = shown.length ? msgN("1 found", "{n} found", shown.length) : (nothing.textContent ?? "");
    announce(told, { about: "palette", rests: TOLD_MS });
  }

  /**
   * @param {Item} one
   * @param {number} index
   */
  const option = (one, index) =>
    h(
      "div",
      {
        role: "option",
        id: `palette-option-${index}`,
        dataset: { index },
        onclick: () => take(index),
        onpointermove: () => active !== index && go(index),
      },
      h("span", { class: "name", dir: "auto", text: one.name }),
      one.key ? h("kbd", { text: one.key }) : null,
    );

  /** Show which one Enter takes. */
  function mark() {
    for (const node of list.querySelectorAll('[role="option"]'))
      node.setAttribute("aria-selected", String(Number(node.dataset.index) === active));
    if (shown.length) input.setAttribute("aria-activedescendant", `palette-option-${active}`);
    else input.removeAttribute("aria-activedescendant");
  }

  /** @param {number} index */
  function go(index) {
    active = index;
    mark();
    const node = document.getElementById(`palette-option-${active}`);
    if (index === 0)
      list.scrollTop = 0; // with its heading
    else node?.scrollIntoView({ block: "nearest" });
  }

  /** @param {number} index */
  function take(index) {
    chosen = shown[index] ?? null;
    if (chosen) dialog.close();
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (composes(event) || event.ctrlKey || event.metaKey || event.altKey || event.target !== input) return;
    const last = shown.length - 1;
    /** @type {{ [key: string]: number }} */
    const places = {
      ArrowDown: active < last ? active + 1 : 0,
      ArrowUp: active > 0 ? active - 1 : last,
      PageDown: Math.min(active + PAGE, last),
      PageUp: Math.max(active - PAGE, 0),
    };
    if (meansEnter(event)) take(active);
    else if (Object.hasOwn(places, event.key) && !event.shiftKey) {
      if (last >= 0) go(places[event.key]);
    } else if (event.key !== "Enter") return;
    event.preventDefault();
  }

  function gone() {
    dialog.remove();
    if (!chosen) return;
    if (chosen.href) return location.assign(chosen.href);
    letGo(); // the Enter that chose may be held: it must not press what has the focus next
    chosen.run?.();
  }

  dialog.addEventListener("keydown", key);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  draw();
  dialog.showModal();
  input.focus();
  fetchItems(over, (more) => {
    if (!dialog.open) return;
    const held = shown[active];
    items = [...items, ...more];
    draw();
    const at = shown.indexOf(held); // what one is about to take stays what Enter takes
    if (at > 0) go(at);
  });
}

/** Keep a held Enter from pressing anything until it is let go. */
function letGo() {
  const ending = new AbortController();
  const options = { capture: true, signal: ending.signal };
  document.addEventListener("keydown", (event) => (event.repeat ? event.preventDefault() : ending.abort()), options);
  document.addEventListener("keyup", () => ending.abort(), options);
}
