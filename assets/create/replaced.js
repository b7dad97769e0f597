// What a person has typed is not lost to what fills the form: the former text is one click away, or
// Ctrl+Z, until something is typed again. A text that was sent is in the history anyway.
import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { joinedParts, msg } from "../shared/language.js";

/** @type {Map<string, string>} */
const typed = new Map(); // by the field's name, what was typed and not sent
/** @type {Map<string, string>} */
const replaced = new Map();
/** @type {HTMLElement | null} */
let line = null;
/** @type {(() => void)[]} */
const followers = [];

/**
 * Hear when a text is put back: what was replaced together with it may follow.
 *
 * @param {() => void} hear
 */
export const onPutBack = (hear) => void followers.push(hear);

/** @param {string} name */
const areaOf = (name) => /** @type {HTMLTextAreaElement | null} */ (document.querySelector(`#${name} textarea`));

/**
 * A text was typed into a field.
 *
 * @param {string} name
 * @param {string} text
 */
export function textTyped(name, text) {
  typed.set(name, text);
  replaced.clear();
  offer();
}

/**
 * A prompt was sent, and stands in the history from now on.
 *
 * @param {string} prompt as it was sent
 */
export function promptSent(prompt) {
  if (typed.get("prompt")?.trim() === prompt) typed.delete("prompt");
}

/** Something filled the form: offer what was typed there before. */
export function textsFilled() {
  for (const [name, text] of typed) {
    const area = areaOf(name);
    if (!area || area.value === text) continue;
    typed.delete(name);
    if (text.trim()) replaced.set(name, text);
  }
  offer();
}

/** Put back what was replaced, if anything was; Ctrl+Z then brings what had replaced it. */
export function putBack() {
  const former = [...replaced];
  if (former.length === 0) return false;
  for (const [name, text] of former.reverse()) {
    const area = areaOf(name);
    if (area) type(area, text);
  }
  for (const hear of followers) hear();
  return true;
}

/**
 * Put `text` into a field as if it were typed, so that Ctrl+Z brings back what stood there.
 *
 * @param {HTMLTextAreaElement} area
 * @param {string} text
 */
export function type(area, text) {
  area.focus();
  area.select();
  if (!document.execCommand("insertText", false, text)) {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function offer() {
  const [name] = replaced.keys();
  if (!name) return line?.remove();
  if (line?.isConnected) return;
  line = h(
    "p",
    { class: "put-back" },
    ...joinedParts(
      msg("Your text was replaced."),
      h("button", { type: "button", text: msg("Put it back"), title: "Ctrl+Z", onclick: putBack }),
    ),
  );
  document.getElementById(name)?.append(line);
  announce(msg("Your text was replaced. Put it back, or press Ctrl+Z in its field."), { about: "replaced" });
}
