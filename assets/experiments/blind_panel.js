// A blind test: two images side by side, four answers, by mouse, touch or keys; then the result.
//
// Both images of a pair appear at once, when both are there: which of them took longer tells nothing.
import { announce } from "../shared/announce.js";
import { ask, getJson } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { commandOf } from "../shared/keys.js";
import { joined, msg, msgN } from "../shared/language.js";
import { at } from "../shared/place.js";
import { singleKeys } from "../shared/single_keys.js";
import { toast } from "../shared/toast.js";
import { drawResult } from "./blind_result.js";

/** @typedef {"left" | "right" | "equal" | "bad"} Choice */
/** @typedef {{ number: number, prompt: string, left: string, right: string }} Pair */

/**
 * @typedef {object} Voting
 * @property {boolean} open
 * @property {number} pairs
 * @property {number} voted
 * @property {number} waiting
 * @property {number} lost
 * @property {Pair[]} to_show
 * @property {number | null} newest
 * @property {import("./blind_result.js").Result | null} result
 */

/** @type {Record<string, Choice>} */
const KEYS = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "equal", "=": "equal", ArrowUp: "bad", b: "bad" };

/**
 * @param {string} id
 * @returns {PanelOf}
 */
export function makeBlindPanel(id) {
  /** @type {Voting | null} */
  let voting = null;
  /** @type {Pair | null} */
  let shown = null;
  let hidden = true;
  let busy = false;
  let sent = 0;
  let closed = false;
  /** @type {Map<string, HTMLImageElement>} */
  const images = new Map();
  /** @type {Map<number, Pair>} */
  const seen = new Map();
  const narrow = matchMedia("(max-width: 600px)");

  const heading = h("h3", { id: "voting-title", text: msg("Which one do you prefer?") });
  const progress = h("p", { class: "progress-text" });
  const bar = h("progress", { max: 1, value: 0, "aria-label": msg("Pairs that were voted on") });
  const prompt = h("p", { class: "voting-prompt", dir: "auto" });
  const said = h("p", { class: "note" });
  const sides = ["left", "right"].map(() => h("figure", {}, h("div", { class: "frame" }), h("figcaption")));
  const pair = h("div", { class: "pair" }, ...sides);
  const names = {
    left: h("span"),
    right: h("span"),
    equal: h("span", { text: msg("Equal") }),
    bad: h("span", { text: msg("Both bad") }),
  };
  const choices = [
    choiceButton("left", "ArrowLeft", "\u2190"),
    choiceButton("equal", "ArrowDown", "\u2193"),
    choiceButton("bad", "ArrowUp", "\u2191"),
    choiceButton("right", "ArrowRight", "\u2192"),
  ];
  const answers = h("div", { class: "answers", role: "group", "aria-labelledby": heading.id }, ...choices);
  const back = h(
    "button",
    { type: "button", "aria-keyshortcuts": "Backspace", onclick: takeBack },
    h("span", { text: msg("Take the last vote back") }),
    h("kbd", { text: msg("Backspace"), "aria-hidden": "true" }),
  );
  const stop = h("button", { type: "button", text: msg("End the voting"), onclick: () => sure(true) });
  const really = h("div", { class: "sure", hidden: true });
  const others = h("div", { class: "actions" }, back, stop);
  const root = h(
    "section",
    { class: "sheet voting", "aria-labelledby": heading.id },
    h("div", { class: "voting-head" }, heading, progress),
    bar,
    prompt,
    pair,
    answers,
    said,
    others,
    really,
  );
  document.addEventListener("keydown", key);
  narrow.addEventListener("change", name);
  name();
  pair.hidden = answers.hidden = true;

  /**
   * @param {Choice} choice
   * @param {string} pressed
   * @param {string} sign
   */
  function choiceButton(choice, pressed, sign) {
    return h(
      "button",
      { type: "button", dataset: { choice }, "aria-keyshortcuts": pressed, onclick: () => vote(choice) },
      names[choice],
      h("kbd", { text: sign, "aria-hidden": "true" }),
    );
  }

  /** On a phone the left one stands above. */
  function name() {
    const [left, right] = narrow.matches ? [msg("Upper one"), msg("Lower one")] : [msg("Left one"), msg("Right one")];
    Object.assign(names.left, { textContent: left });
    Object.assign(names.right, { textContent: right });
    for (const [index, text] of [left, right].entries()) {
      /** @type {HTMLElement} */ (sides[index].lastElementChild).textContent = text;
      const image = sides[index].querySelector("img");
      if (image) image.alt = altOf(index);
    }
  }

  /** @param {number} index */
  const altOf = (index) => (narrow.matches ? [msg("Upper"), msg("Lower")][index] : [msg("Left"), msg("Right")][index]);

  async function look() {
    const before = sent;
    /** @type {Voting | null} */
    const found = busy ? null : await getJson(`/api/experiments/${id}/votes`);
    if (found && !busy && !closed && sent === before) await take(found, shown);
  }

  /**
   * @param {Voting} found
   * @param {Pair | null} wanted the pair to show: what one looks at is never changed for another one
   */
  async function take(found, wanted = null) {
    const before = voting;
    voting = found;
    if (!found.open) return end(found);
    const next = wanted ?? found.to_show[0];
    const near = [...(next ? [next] : []), ...found.to_show].flatMap(({ left, right }) => [left, right]);
    for (const image of images.keys()) if (!near.includes(image)) images.delete(image);
    for (const image of near) fetched(image);
    if (!next) pause(found);
    else if (next.number !== shown?.number) await show(next, found, before !== null);
    if (voting !== found) return;
    progress.textContent = msg("{done} of {all} voted", { done: found.voted, all: found.pairs });
    bar.value = found.voted / found.pairs;
    back.toggleAttribute("disabled", found.newest === null);
  }

  /** An image of ours, whether it is there yet or not. @param {string} image */
  function fetched(image) {
    const found = images.get(image) ?? h("img", { decoding: "async", draggable: "false" });
    if (!images.has(image)) {
      found.src = at(`/images/${image}`);
      images.set(image, found);
    }
    return found;
  }

  /**
   * @param {Pair} next
   * @param {Voting} found
   * @param {boolean} told
   */
  async function show(next, found, told) {
    shown = null; // nothing is voted on that is not seen
    seen.set(next.number, next);
    const both = [next.left, next.right].map(fetched);
    answers.setAttribute("aria-busy", "true");
    const there = await Promise.allSettled(both.map((image) => image.decode()));
    if (closed || voting !== found) return; // there is a newer answer
    answers.removeAttribute("aria-busy");
    for (const [index, image] of both.entries()) {
      image.alt = altOf(index);
      sides[index].firstElementChild?.replaceChildren(image);
    }
    prompt.textContent = next.prompt;
    pair.hidden = answers.hidden = prompt.hidden = false;
    const failed = there.some(({ status }) => status === "rejected");
    said.textContent = failed ? msg("An image could not be loaded. Open the page anew to try again.") : "";
    shown = failed ? null : next;
    if (narrow.matches && told) prompt.scrollIntoView({ block: "start" });
    else root.scrollIntoView({ block: "nearest" });
    if (told)
      announce(
        msg("Pair {number} of {all}: {prompt}", { number: found.voted + 1, all: found.pairs, prompt: next.prompt }),
        { about: "voting" },
      );
  }

  /** There is nothing to vote on just now. @param {Voting} found */
  function pause({ waiting, lost }) {
    shown = null;
    pair.hidden = answers.hidden = prompt.hidden = true;
    const toCome = msg("The next pair comes once all images of its prompt are made.");
    const gone = msgN(
      "1 pair has not both of its images. Have what failed made again, or end the voting without it.",
      "{n} pairs have not both of their images. Have what failed made again, or end the voting without them.",
      lost,
    );
    const text = waiting ? toCome : gone;
    if (said.textContent === text) return;
    said.textContent = text;
    announce(text, { about: "voting" });
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (document.querySelector("dialog:modal") || !voting?.open || !root.isConnected) return;
    if (event.key.length === 1 && !singleKeys()) return;
    const command = commandOf(event);
    const choice = KEYS[command];
    if (command === "Backspace" && voting.newest !== null) takeBack();
    else if (choice && shown) vote(choice);
    else return;
    event.preventDefault();
  }

  /** @param {Choice} choice */
  function vote(choice) {
    if (shown) send({ do: "vote", pair: shown.number, choice });
  }

  function takeBack() {
    const pair = voting?.newest ?? null;
    if (pair !== null) send({ do: "undo", pair }, seen.get(pair));
  }

  /**
   * @param {object} body
   * @param {Pair | null} wanted the pair to show then
   */
  async function send(body, wanted = null) {
    if (busy) return;
    busy = true;
    sent++;
    sure(false);
    try {
      await take(await ask(`/api/experiments/${id}/votes`, { body }), wanted);
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
    } finally {
      busy = false;
    }
  }

  /** Ask whether the voting is to end: that is for good. @param {boolean} asked */
  function sure(asked) {
    if (asked === !really.hidden) return;
    really.hidden = !asked;
    others.hidden = asked;
    if (!asked) return;
    const yes = h("button", {
      type: "button",
      class: "main",
      text: msg("End it and show the result"),
      onclick: () => send({ do: "end" }),
    });
    const no = h("button", {
      type: "button",
      text: msg("Go on voting"),
      onclick: () => {
        sure(false);
        stop.focus();
      },
    });
    really.replaceChildren(
      h("p", {
        text: msgN(
          "The result is then of 1 vote, and no vote changes any more.",
          "The result is then of {n} votes, and no vote changes any more.",
          voting?.voted ?? 0,
        ),
      }),
      h("div", { class: "actions" }, yes, no),
    );
    yes.focus();
  }

  /** @param {Voting} found */
  function end({ result }) {
    shown = null;
    images.clear();
    if (!result) return;
    const focused = root.contains(document.activeElement) || document.activeElement === document.body;
    heading.textContent = msg("Result");
    heading.tabIndex = -1;
    root.classList.add("ended");
    root.replaceChildren(heading, ...drawResult(result));
    if (!hidden) return;
    announce(joined(...result.says), { about: "voting" });
    if (focused) heading.focus();
    document.dispatchEvent(new CustomEvent("playground:back")); // the cells are told now
  }

  return {
    root,
    update(experiment) {
      hidden = experiment.hidden;
      if (hidden ? (voting?.to_show.length ?? 0) < 2 : voting?.open !== false) look();
    },
    hidesCells: () => hidden,
    close() {
      closed = true;
      document.removeEventListener("keydown", key);
      narrow.removeEventListener("change", name);
    },
  };
}
