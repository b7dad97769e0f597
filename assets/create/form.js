// What the form does in the browser alone: keys, shapes, seeds, errors at their fields.
// Gradio's events call these by `playground.NAME` (ui/page/page.py).

import { newToken } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { meansEnter } from "../shared/enter.js";
import { SEED_MAX } from "../shared/facts.js";
import { joined, joinedParts, msg } from "../shared/language.js";
import { pressedNow } from "../shared/press.js";
import { pressed, wentUnanswered } from "../shared/taken_back.js";
import { byTouch } from "../shared/touch.js";
import { keepTyped } from "./draft.js";
import { changed, followSeed, own, seedChip, seedIsRandom } from "./held.js";
import { putBack, textTyped } from "./replaced.js";
import { drawChoice, withSeed } from "./templates.js";

const DOUBLE_CLICK_MS = 400;
const BY_KEYS = msg("Enter generates, Shift+Enter starts a new line."); // not on a keyboard of glass

/** @param {string} id */
const field = (id) => document.getElementById(id);

const click = { token: "", at: -Infinity, values: "" };
const standInSeed = Math.floor(Math.random() * (SEED_MAX + 1));
/** @type {number | null} */
let newestSeed = null;
let begun = false; // whether the cursor has been put into the prompt
const composed = new ResizeObserver(([{ target }]) => {
  document.documentElement.style.setProperty("--compose-height", `${target.getBoundingClientRect().height}px`);
});

// --- called by Gradio's events -------------------------------------------------------------

/**
 * Generate was clicked: put this click's token and moment first. A double click is one click.
 *
 * @param {string[]} names
 * @param {unknown[]} all
 */
function submission(names, all) {
  const [, ...rest] = all;
  const of = Object.fromEntries(names.map((name, index) => [name, all[index]]));
  const held = { random: Boolean(of.random_seed), seed: String(of["params.seed"] ?? "") };
  rest[names.indexOf("random_seed") - 1] = seedChip.decide(held, own(String(of["params.prompt"] ?? "")));
  const [now, values] = [performance.now(), JSON.stringify(rest)];
  const again = now - click.at <= DOUBLE_CLICK_MS || wentUnanswered(click.token);
  if (!again || values !== click.values) {
    click.token = newToken();
    drawChoice();
  }
  const choices = names.indexOf("templates") - 1;
  rest[choices] = withSeed(rest[choices]);
  pressed(click.token, unanswered);
  Object.assign(click, { at: now, values });
  clearErrors();
  return [`${click.token} ${pressedNow()}`, ...rest];
}

/**
 * The code is being written: put first the seed that it shows while the seed is random.
 *
 * @param {unknown[]} values
 */
function snippet([, ...rest]) {
  return [String(newestSeed ?? standInSeed), ...rest];
}

/** @typedef {{ [name: string]: [width: number, height: number] }} Shapes */

/**
 * @param {Shapes} shapes
 * @param {number | string} width
 * @param {number | string} height
 */
function shapeOf(shapes, width, height) {
  return (
    Object.keys(shapes).find((name) => shapes[name][0] === Number(width) && shapes[name][1] === Number(height)) ?? null
  );
}

/**
 * @param {number} seed
 * @param {boolean} random
 */
function lastSeed(seed, random) {
  return newestSeed === null ? [seed, random] : [newestSeed, false];
}

// --- called by the other scripts -----------------------------------------------------------

/**
 * What Gradio takes for the server's answer to a press that got none: the results panel says it.
 *
 * @param {boolean} late whether the browser had to be told to take it back
 */
export function unanswered(late) {
  /** @type {Message} */
  const message = { kind: "unanswered", late };
  return Response.json({ data: [message], is_generating: false, duration: 0, average_duration: 0 });
}

/** @param {number | null} seed */
export function rememberSeed(seed) {
  if (seed === null) return;
  newestSeed = seed;
  const button = field("last-seed");
  if (button) button.title = msg("Seed {seed}", { seed: String(seed) });
  changed();
}

/**
 * Show a refusal at its field and go there. Returns false where that field is not on the page.
 *
 * @param {Refusal} refusal
 */
export function showFieldError({ field: name, message, hint }) {
  const block = name && field(name);
  if (!block) return false;
  if (!block.offsetParent && field("settings")?.contains(block)) openSettings(true);
  if (!block.offsetParent) return false;
  clearErrors(block);
  const line = h(
    "p",
    { id: `${name}-error`, class: "field-error", role: "alert" },
    ...joinedParts(h("strong", { text: message }), hint),
  );
  block.append(line);
  block.dataset.invalid = ""; // not a class: Svelte writes those anew
  const inputs = block.querySelectorAll("textarea, input");
  for (const input of inputs) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", line.id);
  }
  inputs[0]?.focus({ preventScroll: true });
  block.scrollIntoView({ block: "nearest" });
  return true;
}

/**
 * Bring a field into sight after something was put into it, or the note that says why not.
 *
 * @param {string} name
 */
export function showForm(name) {
  const block = field(name) ?? field("model-note");
  if (!block) return;
  if (!block.offsetParent && field("settings")?.contains(block)) openSettings(true);
  block.scrollIntoView({ block: "nearest" });
}

/**
 * Bring a field into sight and put the focus into it.
 *
 * @param {string} name
 */
export function goToField(name) {
  showForm(name);
  field(name)?.querySelector("input:checked, input, textarea")?.focus({ preventScroll: true });
}

/** @param {ParentNode} within */
function clearErrors(within = document) {
  for (const line of within.querySelectorAll(".field-error")) {
    const block = line.parentElement;
    if (!block) continue;
    delete block.dataset.invalid;
    for (const input of block.querySelectorAll("[aria-invalid]")) {
      input.removeAttribute("aria-invalid");
      input.removeAttribute("aria-describedby");
    }
    line.remove();
  }
}

// --- the page itself -----------------------------------------------------------------------

/**
 * Enter in the prompt generates, Shift+Enter is a new line; Ctrl+Enter generates from anywhere. On a
 * keyboard of glass Enter alone is a new line.
 *
 * @param {KeyboardEvent} event
 */
function onKey(event) {
  const undo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  const area = /** @type {Element} */ (event.target).closest?.("#controls textarea");
  if (undo && area && putBack()) return event.preventDefault();
  if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
  if (!meansEnter(event) && !event.repeat) return; // it ends a composition
  const target = /** @type {Element} */ (event.target);
  const inPrompt = target.matches?.("#prompt textarea") && !byTouch();
  const inForm = target.closest?.("#controls");
  if (!inPrompt && !(inForm && (event.ctrlKey || event.metaKey))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (meansEnter(event)) field("generate")?.click();
}

/**
 * Gradio takes Shift+Enter for a submission and prevents the new line: keep it from hearing.
 *
 * @param {KeyboardEvent} event
 */
function onKeyPress(event) {
  const newLine = event.key === "Enter" && event.shiftKey;
  const target = /** @type {Element} */ (event.target);
  if (newLine && target.matches?.("#controls textarea")) event.stopImmediatePropagation();
}

/** Put the cursor into the prompt once it is there, unless somebody was quicker or a keyboard would cover the page. */
function begin() {
  const area = begun ? null : document.querySelector("#prompt textarea");
  if (!area) return;
  begun = true;
  composed.observe(/** @type {HTMLElement} */ (field("compose")));
  const free = document.activeElement === document.body && !document.querySelector("dialog[open]");
  if (free && !matchMedia("(pointer: coarse)").matches) area.focus({ preventScroll: true });
}

/**
 * Mend what Gradio has put on the page by now. Its parts come in any order, some after this script.
 *
 * It names every radio button differently: one name makes arrow keys move within a group.
 */
function dress() {
  begin();
  followSeed();
  const toggle = field("toggle-settings");
  if (toggle && !toggle.hasAttribute("aria-expanded")) openSettings("settings" in document.body.dataset);
  for (const area of document.querySelectorAll("#controls textarea")) {
    if (area.dir !== "auto") area.dir = "auto";
    const hint = area.closest("#prompt") && !byTouch() ? "send" : "enter";
    if (area.enterKeyHint !== hint) area.enterKeyHint = hint;
  }
  const help = document.querySelector("#prompt .info-text");
  if (help && !help.querySelector(".by-keys")) {
    const before = help.textContent;
    help.append(h("span", { class: "by-keys", text: joined(before, BY_KEYS).slice(before.length) }));
  }
  for (const group of document.querySelectorAll("#controls fieldset[id]")) {
    const title = group.querySelector('[data-testid="block-info"]');
    if (title && !title.id) {
      title.id = `${group.id}-title`;
      group.setAttribute("aria-labelledby", title.id);
      group.setAttribute("role", "radiogroup");
    }
    for (const radio of group.querySelectorAll("input")) {
      if (radio.type === "radio" && radio.name !== group.id) radio.name = group.id;
    }
  }
}

function start() {
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("keypress", onKeyPress, { capture: true });
  document.addEventListener("input", (event) => {
    const target = /** @type {HTMLInputElement} */ (event.target);
    const block = target.closest("#controls [data-invalid]");
    if (block) clearErrors(block);
    const name = target.closest("#controls .block[id]")?.id;
    if (!name) return;
    if (target.matches("textarea, .number input")) keepTyped(name, target.value);
    if (target.matches("textarea")) textTyped(name, target.value);
    if (target.matches("#prompt textarea")) seedChip.typing(own(target.value));
  });
  document.addEventListener("click", (event) => {
    const toggle = /** @type {Element} */ (event.target).closest("#toggle-settings");
    if (!toggle) return;
    openSettings(!("settings" in document.body.dataset));
    if ("settings" in document.body.dataset) toggle.scrollIntoView({ block: "start" }); // they open below it
  });
  new MutationObserver(dress).observe(document, { childList: true, subtree: true });
  dress();
}

/**
 * On a small screen the settings fold away; the stylesheet ignores this on a large one.
 *
 * @param {boolean} open
 */
function openSettings(open) {
  if (open) document.body.dataset.settings = "open";
  else delete document.body.dataset.settings;
  field("toggle-settings")?.setAttribute("aria-expanded", String(open));
}

Object.assign(globalThis, {
  playground: {
    submission,
    snippet,
    changed,
    shape: (/** @type {Shapes} */ shapes, /** @type {string} */ name) => shapes[name],
    shapeOf,
    swap: (/** @type {Shapes} */ shapes, /** @type {string} */ width, /** @type {string} */ height) => [
      height,
      width,
      shapeOf(shapes, height, width),
    ],
    lastSeed,
    seedIsRandom,
  },
});
start();
