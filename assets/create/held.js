// What the form holds, as Gradio tells it: kept for the next visit, and told to whoever follows it.

import { keep } from "./draft.js";
import { isExample } from "./first.js";
import { textsFilled } from "./replaced.js";
import { makeSeedChip } from "./seed.js";

const PAUSE_MS = 150; // in typing, or until what was kept for another model is there

/** @type {{ [name: string]: any }} */
let held = {};
/** @type {(() => void)[]} */
const listeners = [];
let timer = 0;
let writtenAt = Number.NEGATIVE_INFINITY;
let askForSeed = () => {};
let seedWish = true;

const prompt = () =>
  own(/** @type {HTMLTextAreaElement | null} */ (document.querySelector("#prompt textarea"))?.value ?? "");

/**
 * A prompt as far as it is anybody's: a seed is no more kept for the example that stands ready than
 * for an empty field.
 *
 * @param {string} text
 */
export const own = (text) => (isExample(text) ? "" : text);

/** The seed at the prompt. `ask()` has Gradio ask `seedIsRandom`. */
export const seedChip = makeSeedChip((random) => {
  seedWish = random;
  askForSeed();
});

/** @param {() => void} ask */
export function onSeedWish(ask) {
  askForSeed = ask;
}

/** Whether the form's switch is to say that the seed is random. */
export const seedIsRandom = () => seedWish;

/** By the names that ui/page/form.py gives its inputs; empty before Gradio has told anything. */
export const heldNow = () => held;

/**
 * Some value changed, by hand or by a handler: keep it, and tell the followers: once typing pauses,
 * and at once of a choice.
 *
 * @param {string[] | null} names
 * @param {unknown[]} values
 */
export function changed(names = null, values = []) {
  let pause = performance.now() - writtenAt < PAUSE_MS ? PAUSE_MS : 0;
  if (names) {
    const former = held.model;
    keep(names, values);
    held = Object.fromEntries(names.map((name, index) => [name, values[index]]));
    if (held.model !== former && !held.random_seed) pause = PAUSE_MS;
  }
  requestAnimationFrame(followFields);
  clearTimeout(timer);
  timer = setTimeout(() => {
    for (const listener of listeners) listener();
  }, pause);
}

document.addEventListener(
  "input",
  (event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.type !== "radio" && field.type !== "checkbox") writtenAt = performance.now();
  },
  true,
);

/** @param {() => void} listener */
export function onFormChange(listener) {
  listeners.push(listener);
  changed();
}

/** Once the fields show it. */
function followFields() {
  textsFilled();
  if (!("random_seed" in held)) return;
  seedChip.holds({ random: Boolean(held.random_seed), seed: String(held["params.seed"] ?? "") }, prompt());
  followSeed();
}

/** The seed's field came or went: so does what says of it at the prompt, in the same frame. */
export function followSeed() {
  if ("random_seed" in held) seedChip.show(document.getElementById("seed") !== null);
}
