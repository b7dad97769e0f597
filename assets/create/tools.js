// At the prompt: earlier prompts, another image's settings, and the seed.

import { h } from "../shared/dom.js";
import { ACCEPTED } from "../shared/facts.js";
import { msg } from "../shared/language.js";
import { offerCreate } from "./commands.js";
import { onSeedWish, seedChip } from "./held.js";
import { takeFiles } from "./intake.js";
import { openPrompts } from "./prompts.js";
import { watchRecall } from "./recall.js";
import { type } from "./replaced.js";

/** @param {Component<object>} component */
export function mount({ element, trigger }) {
  onSeedWish(() => trigger("random"));
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
  const history = () => openPrompts(fillPrompt);
  offerCreate({ history, choose: () => chooser.click(), fill: fillPrompt });
  watchRecall(fillPrompt);
  element.replaceChildren(
    h(
      "div",
      { class: "tools" },
      h("button", {
        type: "button",
        text: msg("History"),
        title: msg("Your earlier prompts"),
        "aria-haspopup": "dialog",
        onclick: history,
      }),
      h("button", {
        type: "button",
        text: msg("Use an image's settings"),
        title: msg("Choose an image file, or drop one anywhere on the page"),
        onclick: () => chooser.click(),
      }),
      chooser,
      seedChip.root,
    ),
  );
}

/** @param {string} text */
function fillPrompt(text) {
  type(/** @type {HTMLTextAreaElement} */ (document.querySelector("#prompt textarea")), text);
  document.dispatchEvent(new CustomEvent("playground:forget"));
}
