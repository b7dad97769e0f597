// The first minutes: until somebody has made an image in this browser, an example stands ready in
// the prompt, so that one press makes it. Whoever types writes over it.
import { keepForGood, kept } from "../shared/kept.js";
import { promptSent } from "./replaced.js";

export const PROGRESS = "playground:hints";
/** What is kept once the hints were put away, or are not needed. */
export const AWAY = "away";
const STOOD = "playground:example"; // the prompt that stood ready, in the language of then

let example = "";
let wanted = false;

/** Whether nobody has made an image in this browser yet, as far as it can tell. */
export const isNew = () => kept(PROGRESS) === null;

/**
 * An image is being made: from now on the prompt begins empty. `before` says that it was asked for
 * earlier than this page was opened, by somebody who needs no hints then.
 */
export function imageAsked(before = false) {
  if (isNew()) keepForGood(PROGRESS, before ? AWAY : "0");
}

/**
 * The prompt that is to stand ready.
 *
 * @param {string} text
 */
export function haveExample(text) {
  example = text;
  promptSent(text); // where it comes from the tab's draft, nobody typed it either
  fill();
}

/**
 * Whether a text is the one that stands ready: what replaces it need not offer it again.
 *
 * @param {string} text
 */
export const isExample = (text) => text !== "" && text === example;

/**
 * A draft's prompt: where it is the one that stood ready, in the language of now.
 *
 * @param {string} text
 */
export function ofNow(text) {
  if (!example || !isNew() || text !== kept(STOOD)) return text;
  keepForGood(STOOD, example);
  return example;
}

/** The form opens with nothing of its own. */
export function wantExample() {
  wanted = isNew();
  fill();
}

function fill() {
  if (!wanted || !example) return;
  const area = /** @type {HTMLTextAreaElement | null} */ (document.querySelector("#prompt textarea"));
  if (!area) return void requestAnimationFrame(fill); // Gradio is still drawing
  wanted = false;
  if (area.value) return; // somebody was quicker
  area.value = example;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  promptSent(example); // nobody typed it
  keepForGood(STOOD, example);
  selectOnFirstUse(area);
}

/**
 * Select the example where the prompt has the focus or gets it: the first letter replaces it.
 *
 * @param {HTMLTextAreaElement} area
 */
function selectOnFirstUse(area) {
  if (document.activeElement === area) return area.select();
  const select = () => {
    if (area.value === example && area.selectionStart === area.selectionEnd) area.select();
  };
  area.addEventListener("focus", select, { once: true });
  area.addEventListener("click", select, { once: true }); // it has put the caret somewhere
}
