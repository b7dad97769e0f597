// The stage: one image as large as it goes on black, for a room. Nothing on it is for one person:
// what goes wrong is told by the page beneath.

import { announce } from "../shared/announce.js";
import { h } from "../shared/dom.js";
import { OFFLINE } from "../shared/facts.js";
import { letterOf } from "../shared/keys.js";
import { msg, msgN } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { shorten } from "../shared/words.js";
import { makeHands } from "./hands.js";
import { makePicture } from "./picture.js";
import { makeScreen } from "./screen.js";
import { makeWalk } from "./walk.js";

const WORDS = {
  name: msg("Full screen"),
  previous: msg("Previous image"),
  next: msg("Next image"),
  prompt: msg("Prompt"),
  promptTitle: msg("Prompt (p)"),
  newest: msg("Newest image"),
  full: msg("Full screen"),
  fullTitle: msg("Full screen (f)"),
  close: msg("Close"),
  closeTitle: msg("Close (Esc)"),
  sample: msg("Sample"),
  sampleTitle: msg("Made by the sample engine, not by the real model"),
  empty: msg("Images appear here as they are made."),
  noPrompt: msg("No prompt is known."),
  /** @param {number} at @param {number} total */
  position: (at, total) => msg("Image {n} of {total}", { n: at, total }),
  /** @param {string} prompt */
  fresh: (prompt) => msg("New image: {prompt}", { prompt: shorten(prompt, 120) }),
  /** @param {number} count */
  making: (count) => msgN("Making an image", "Making {n} images", count),
};
const BESIDE_PART = 0.3; // of the stage's width: what the picture has to leave free at least
const BESIDE_PX = 400;

let spoken = false; // the prompt stays, or stays away, until the page is left

/**
 * @typedef {object} Stage
 * @property {(image: StageImage) => void} show shows one image, and goes nowhere from it
 * @property {(source: StageSource) => void} follow walks through a row, and follows what is made
 * @property {() => void} close
 */

/**
 * Open the stage, in full screen where the browser gives it. `moved(image)` hears of each image that
 * is shown, `closed()` of its end. The focus returns to where it came from.
 *
 * @param {{ moved?: (image: StageImage) => void, closed?: () => void }} told
 * @returns {Stage}
 */
export function openStage({ moved = () => {}, closed = () => {} } = {}) {
  let open = true;
  /** @type {HTMLImageElement[]} */
  const ahead = []; // pictures fetched before they are asked for; held, else the browser may drop them
  /** @type {StageSource | null} */
  let row = null;
  const before = document.activeElement;

  const picture = makePicture();
  const words = h("p", { class: "scene-words", dir: "auto", hidden: true });
  const empty = h("p", { class: "scene-empty", text: WORDS.empty, hidden: true });
  const making = h("p", { class: "scene-making" });
  const position = h("p", { class: "position" });
  const sample = h("span", { class: "sample", text: WORDS.sample, title: WORDS.sampleTitle, hidden: true });
  const previous = button("arrow previous", "", { "aria-label": WORDS.previous, onclick: () => walk.by(-1) });
  const next = button("arrow next", "", { "aria-label": WORDS.next, onclick: () => walk.by(1) });
  const newest = button("newest", WORDS.newest, { onclick: () => walk.latest() });
  const prompt = button("prompt", WORDS.prompt, {
    title: WORDS.promptTitle,
    "aria-keyshortcuts": "p",
    onclick: speak,
  });
  const whole = button("whole", WORDS.full, {
    title: WORDS.fullTitle,
    "aria-keyshortcuts": "f",
    onclick: () => screen.enter(),
  });
  const end = button("close", WORDS.close, { title: WORDS.closeTitle, onclick: close });
  const scene = h(
    "div",
    { class: "scene" },
    picture.root,
    words,
    empty,
    making,
    h(
      "div",
      { class: "scene-bar" },
      position,
      sample,
      h("div", { class: "doings" }, newest, previous, next, prompt, whole, end),
    ),
  );
  /** @type {HTMLDialogElement} */
  const dialog = h("dialog", { class: "theatre", tabindex: "-1", "aria-label": WORDS.name, onclose: gone }, scene);
  const walk = makeWalk({ show, told: draw });
  const hands = makeHands(scene, { go: (to) => walk.by(stepFor(to)) });
  const screen = makeScreen(scene, { left: close, changed: draw });

  /**
   * @param {string} name
   * @param {string} text
   * @param {Props} props
   */
  function button(name, text, props) {
    return h("button", { type: "button", class: name, text, title: props["aria-label"], ...props });
  }

  // --- what is shown ---

  /**
   * @param {StageImage} image
   * @param {boolean} fresh
   */
  function show(image, fresh) {
    picture.show(image);
    words.textContent = image.prompt || WORDS.noPrompt;
    words.scrollTop = 0;
    scene.style.setProperty("--ratio", String(image.width_px / image.height_px || 1));
    sample.hidden = image.provider !== OFFLINE;
    announce(fresh ? WORDS.fresh(image.prompt) : "", { about: "stage" });
    moved(image);
    preload();
  }

  function draw() {
    if (!open) return;
    const { image, at, total, making: count, live, following } = walk.stand;
    empty.hidden = image !== null || total > 0 || count > 0;
    tellIn(position, WORDS.position(at + 1, total));
    position.hidden = total === 0;
    const alone = total < 2;
    previous.hidden = next.hidden = alone;
    // Not `disabled`: a button that is takes the focus, and with it the keys, out of the dialog.
    previous.setAttribute("aria-disabled", String(at <= 0));
    next.setAttribute("aria-disabled", String(at >= total - 1));
    hide(newest, !live || following || total === 0);
    hide(whole, !screen.possible());
    tellIn(making, count ? WORDS.making(count) : "");
    prompt.hidden = image === null;
    prompt.setAttribute("aria-pressed", String(spoken));
    arrange();
  }

  /**
   * @param {HTMLElement} part
   * @param {boolean} away
   */
  function hide(part, away) {
    if (away && part === document.activeElement) dialog.focus();
    part.hidden = away;
  }

  /** The prompt stands beside a picture that leaves room there, else below it. */
  function arrange() {
    const { image } = walk.stand;
    const [width, height] = [scene.clientWidth, scene.clientHeight];
    const free = image ? width - (height * image.width_px) / image.height_px : 0;
    words.hidden = !spoken || image === null;
    scene.dataset.words = words.hidden ? "none" : free >= Math.max(BESIDE_PX, BESIDE_PART * width) ? "beside" : "below";
    // What has to be scrolled can be reached by keyboard.
    if (words.scrollHeight > words.clientHeight + 1) words.tabIndex = 0;
    else words.removeAttribute("tabindex");
  }

  function speak() {
    spoken = !spoken;
    draw();
  }

  async function preload() {
    const { at, total } = walk.stand;
    const of = row;
    const near = [at + 1, at - 1].filter((index) => index >= 0 && index < total);
    const found = await Promise.all(near.map((index) => of?.record(index).catch(() => null)));
    if (!open || of !== row) return;
    const images = found.flatMap((image) => (image ? Object.assign(new Image(), { src: image.image_url }) : []));
    ahead.splice(0, ahead.length, ...images);
  }

  // --- keys ---

  /** @type {{ [key: string]: () => void }} */
  const KEYS = {
    ArrowLeft: () => walk.by(stepFor(-1)),
    ArrowRight: () => walk.by(stepFor(1)),
    PageUp: () => walk.by(-1), // these two are what a presenter's remote sends
    PageDown: () => walk.by(1),
    Home: () => walk.first(),
    End: () => walk.last(),
    ArrowUp: () => words.scrollBy({ top: -80 }),
    ArrowDown: () => words.scrollBy({ top: 80 }),
    p: speak,
    f: () => (screen.possible() ? screen.enter() : close()),
  };

  /** @param {KeyboardEvent} event */
  function key(event) {
    if ([...document.querySelectorAll("dialog[open]")].at(-1) !== dialog) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.defaultPrevented) return;
    const name = letterOf(event) || event.key;
    if (!Object.hasOwn(KEYS, name)) return;
    event.preventDefault();
    if (event.repeat && (name === "p" || name === "f")) return;
    KEYS[name]();
  }

  // --- coming and going ---

  function close() {
    if (dialog.open) dialog.close();
  }

  function gone() {
    open = false;
    document.removeEventListener("keydown", key);
    seen.disconnect();
    walk.stop();
    hands.stop();
    screen.leave();
    ahead.length = 0;
    dialog.remove();
    // Chromium gives the focus back by itself, but not out of full screen.
    if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    closed();
  }

  const seen = new ResizeObserver(arrange);
  seen.observe(scene);
  document.addEventListener("keydown", key);
  document.body.append(dialog);
  draw();
  dialog.showModal();
  dialog.focus(); // not on the first button: arrows and letters are what one needs first
  screen.enter();

  /** @param {StageSource} source */
  function follow(source) {
    row = source;
    walk.follow(source);
  }

  return {
    show: (image) => follow({ total: () => 1, record: async () => image, index: 0 }),
    follow,
    close,
  };
}

/**
 * Show a text, and tell it to who does not see it.
 *
 * @param {HTMLElement} part
 * @param {string} text
 */
function tellIn(part, text) {
  if (part.textContent === text) return;
  part.textContent = text;
  announce(text, { about: part.className, rests: 400 });
}
