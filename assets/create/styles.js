// At the prompt: the styles that are on it, in their order, what it becomes with them, and whole forms
// under a name.
import { announce } from "../shared/announce.js";
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { listed, msg, msgParts } from "../shared/language.js";
import { heldNow, onFormChange } from "./held.js";
import { openPresets } from "./preset_dialog.js";
import { onPutBack } from "./replaced.js";
import { openStyles } from "./style_dialog.js";

/** @param {Component<{ value: string[] | null }>} component */
export function mount({ element, props, watch }) {
  const worn = () => props.value ?? [];
  const chips = h("ul", { class: "worn", "aria-label": msg("Styles on the prompt"), hidden: true });
  const becomes = h("div", { class: "becomes", tabindex: 0, role: "group", "aria-label": msg("What is sent") });
  becomes.hidden = true;
  const choose = h("button", {
    type: "button",
    id: "choose-styles",
    text: msg("Styles"),
    title: msg("Texts that are put around your prompt"),
    "aria-haspopup": "dialog",
    onclick: () => openStyles({ worn, put }),
  });
  const presets = h("button", {
    type: "button",
    id: "choose-presets",
    text: msg("Presets"),
    title: msg("The whole form, kept under a name"),
    "aria-haspopup": "dialog",
    onclick: () => openPresets(),
  });
  element.replaceChildren(h("div", { class: "style-tools" }, choose, presets, chips), becomes);

  let mine = ""; // what a person has chosen here last
  /** @type {string[] | null} */
  let former = null; // what something that filled the form has taken off
  let asked = "";

  /** @param {string[]} names */
  function put(names) {
    mine = JSON.stringify(names);
    former = null;
    props.value = names;
    show();
  }

  /** @param {string} name */
  function takeOff(name) {
    const at = worn().indexOf(name);
    put(worn().filter((other) => other !== name));
    announce(msg("The style {name} was taken off.", { name }));
    const left = /** @type {NodeListOf<HTMLElement>} */ (chips.querySelectorAll("button"));
    (left[Math.min(at, left.length - 1)] ?? choose).focus();
  }

  function show() {
    const names = worn();
    chips.hidden = names.length === 0;
    chips.replaceChildren(
      ...names.map((name) =>
        h(
          "li",
          {},
          h(
            "button",
            { type: "button", "aria-label": msg("Take off the style {name}", { name }), onclick: () => takeOff(name) },
            h("bdi", { text: name }),
            h("span", { class: "off", "aria-hidden": "true", text: "\u00d7" }),
          ),
        ),
      ),
    );
    compose();
  }

  /** Ask what the prompt becomes; of several questions the last one counts. */
  async function compose() {
    const { model, "params.prompt": prompt, "params.negative_prompt": negative_prompt } = heldNow();
    const body = { prompt: prompt ?? "", negative_prompt: negative_prompt ?? "", styles: worn(), model };
    const key = JSON.stringify(body);
    if (key === asked) return;
    asked = key;
    if (worn().length === 0) return tell([]);
    try {
      /** @type {{ prompt: string, negative_prompt: string | null, notes: string[] }} */
      const made = await ask("/api/styles/compose", { body });
      if (key !== asked) return;
      tell([
        h("p", {}, ...msgParts("Sent as: {prompt}", { prompt: text(made.prompt) })),
        made.negative_prompt
          ? h("p", {}, ...msgParts("Negative prompt: {prompt}", { prompt: text(made.negative_prompt) }))
          : null,
        ...made.notes.map((note) => h("p", { class: "note", text: note })),
      ]);
    } catch (error) {
      if (key !== asked) return;
      asked = ""; // asked anew with the next change
      tell([h("p", { text: /** @type {Error} */ (error).message })], true);
    }
  }

  /** @param {(HTMLElement | null)[]} lines */
  function tell(lines, bad = false) {
    becomes.hidden = lines.length === 0;
    becomes.dataset.bad = String(bad);
    becomes.replaceChildren(...lines.filter((one) => one !== null));
  }

  watch("value", () => {
    const now = JSON.stringify(worn());
    if (now !== mine) {
      const before = JSON.parse(mine || "[]");
      former = before.length ? before : null;
      mine = now;
    }
    show();
  });
  onFormChange(compose);
  onPutBack(() => {
    if (!former) return;
    announce(msg("These styles are on the prompt again: {names}.", { names: listed(former) }));
    put(former);
  });
  document.addEventListener("playground:styles", () => {
    asked = "";
    compose();
  });
  show();
}

/** @param {string} words of a person */
const text = (words) => h("span", { class: "words", dir: "auto", text: words });
