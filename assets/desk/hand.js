// An idea that somebody calls out: typed here, made next, without any phone.
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { msg } from "../shared/language.js";
import { singleKeys } from "../shared/single_keys.js";
import { keycap, write } from "./parts.js";

const WISH_MAX_CHARS = 300; // backend/sessions/text.py
const TWICE_MS = 400; // whoever presses Enter twice wants no picture shown

/** @param {DeskDeeds} deeds */
export function makeHand(deeds) {
  const field = h("input", {
    id: "by-hand",
    type: "text",
    enterkeyhint: "send",
    maxlength: WISH_MAX_CHARS,
    autocomplete: "off",
    dir: "auto",
  });
  const said = h("p", { class: "field-error", role: "alert", hidden: true });
  let underWay = 0;
  let leftAt = Number.NEGATIVE_INFINITY;
  const root = h(
    "form",
    { class: "by-hand", novalidate: true },
    h("label", { for: field.id }, h("span", { text: msg("Add by hand") }), keycap("E")),
    h("div", { class: "row" }, field, h("button", { type: "submit", text: msg("Add") })),
    said,
  );
  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value;
    if (underWay && !text.trim()) return; // pressed twice
    field.value = ""; // the next one can be typed meanwhile
    underWay += 1;
    const wrong = await deeds.add(text);
    underWay -= 1;
    said.hidden = !wrong;
    write(said, wrong);
    if (wrong && !field.value) field.value = text;
    else if (!wrong && !field.value) leave();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.blur();
    if (!meansEnter(event) || field.value.trim()) return;
    event.preventDefault();
    leave();
  });
  return { root, focus: () => field.focus(), justLeft: () => performance.now() - leftAt < TWICE_MS };

  /** The keys of the desk are for the show again, where letters alone are any. */
  function leave() {
    if (document.activeElement !== field || !singleKeys()) return;
    field.blur();
    leftAt = performance.now();
  }
}
