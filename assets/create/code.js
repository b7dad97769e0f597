// The request as code: three tabs that follow the form, the answer's shape, how to decode it.

import { announce } from "../shared/announce.js";
import { copyButton, h } from "../shared/dom.js";
import { LANGUAGES } from "../shared/facts.js";
import { msg, msgParts } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { onFormChange } from "./held.js";

/**
 * @typedef {{ note?: string, curl?: string, python?: string, javascript?: string }} Snippets
 * @param {Component<{ value: Snippets | null, setup: string, answer: string, decode: string }>} component
 */
export function mount({ element, props, trigger, watch }) {
  const note = h("p", { class: "note" });
  /** @type {{ [language: string]: HTMLElement }} */
  const codes = {};
  const tabs = LANGUAGES.map(([id, label], index) =>
    h("button", {
      type: "button",
      role: "tab",
      id: `tab-${id}`,
      "aria-controls": `code-${id}`,
      text: label,
      onclick: () => choose(index),
    }),
  );
  const panels = LANGUAGES.map(([id, label]) => {
    codes[id] = h("code");
    return h(
      "div",
      { role: "tabpanel", id: `code-${id}`, "aria-labelledby": `tab-${id}`, class: "code", dir: "ltr" },
      h("pre", { tabindex: 0, role: "region", "aria-label": msg("{language} code", { language: label }) }, codes[id]),
      copyButton(msg("Copy"), () => codes[id].textContent ?? "", { class: "copy", "aria-label": null }),
    );
  });
  const list = h("div", { role: "tablist", "aria-label": msg("Programming language") }, ...tabs);
  list.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowLeft" ? stepFor(-1) : event.key === "ArrowRight" ? stepFor(1) : 0;
    if (!step) return;
    event.preventDefault();
    const index =
      (tabs.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement)) + step + tabs.length) % tabs.length;
    choose(index);
    tabs[index].focus();
  });

  /** @param {number} chosen */
  function choose(chosen) {
    tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      panels[index].hidden = index !== chosen;
    });
  }

  const setup = msg("First set the address and your key, once for each terminal:");
  const details = h(
    "details",
    {},
    h("summary", { text: msg("View code") }),
    h("p", {
      text: msg(
        "The request that this form sends, for your own programs. It follows the form. Your key is read from the environment and never shown.",
      ),
    }),
    h("p", { text: setup }),
    h(
      "div",
      { class: "code", dir: "ltr" },
      h("pre", { tabindex: 0, role: "region", "aria-label": msg("Set-up line") }, h("code", { text: props.setup })),
      copyButton(msg("Copy"), () => props.setup, { class: "copy" }),
    ),
    list,
    note,
    ...panels,
    h("p", { class: "subhead", text: msg("The answer") }),
    h(
      "div",
      { class: "code", dir: "ltr" },
      h(
        "pre",
        { tabindex: 0, role: "region", "aria-label": msg("Shape of the answer") },
        h("code", { text: props.answer }),
      ),
    ),
    h(
      "p",
      {},
      ...msgParts(
        "{image} holds the image file in base64; {time} is in seconds. The Python and JavaScript code saves the image; after cURL:",
        { image: h("code", { text: "b64_json" }), time: h("code", { text: "timings.inference" }) },
      ),
    ),
    h(
      "div",
      { class: "code", dir: "ltr" },
      h("pre", { tabindex: 0, role: "region", "aria-label": msg("Decoding") }, h("code", { text: props.decode })),
      copyButton(msg("Copy"), () => props.decode, { class: "copy" }),
    ),
  );
  element.replaceChildren(details);
  // While it is closed it stands beside the head of the results, which leaves it that room.
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--code-width", `${details.open ? 0 : details.offsetWidth}px`);
  }).observe(details);
  choose(0);

  watch("value", () => {
    const { note: said = "", ...snippets } = props.value ?? {};
    if (said !== note.textContent && details.open) announce(said, { about: "code", rests: 800 });
    note.textContent = said;
    for (const [id, text] of Object.entries(snippets)) if (text && id in codes) codes[id].textContent = text;
  });
  const follow = () => details.open && trigger("refresh"); // what nobody sees is not asked for
  onFormChange(follow);
  details.addEventListener("toggle", follow);
}
