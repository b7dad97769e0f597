// The buttons at the prompt: earlier prompts, and another image's settings.

import { h } from "../shared/dom.js";
import { ACCEPTED } from "../shared/facts.js";
import { takeFiles } from "./intake.js";
import { openPrompts } from "./prompts.js";

/** @param {Component<object>} component */
export function mount({ element }) {
  /** @type {HTMLInputElement} */
  const chooser = h("input", {
    type: "file",
    accept: ACCEPTED,
    hidden: true,
    "aria-hidden": "true",
    onchange: () => {
      takeFiles([...(chooser.files ?? [])]);
      chooser.value = ""; // so that the same file can be chosen again
    },
  });
  element.replaceChildren(
    h(
      "div",
      { class: "tools" },
      h("button", {
        type: "button",
        text: "History",
        title: "Your earlier prompts",
        "aria-haspopup": "dialog",
        onclick: () => openPrompts(fillPrompt),
      }),
      h("button", {
        type: "button",
        text: "Use an image's settings",
        title: "Choose an image file, or drop one anywhere on the page",
        onclick: () => chooser.click(),
      }),
      chooser,
    ),
  );
}

/**
 * Put `text` into the prompt as if typed, so that Ctrl+Z brings back what stood there.
 *
 * @param {string} text
 */
function fillPrompt(text) {
  const field = /** @type {HTMLTextAreaElement} */ (document.querySelector("#prompt textarea"));
  field.focus();
  field.select();
  if (!document.execCommand("insertText", false, text)) {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  document.dispatchEvent(new CustomEvent("playground:forget"));
}
