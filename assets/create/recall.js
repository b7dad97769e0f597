// The up arrow in an empty prompt brings the last prompt, again the one before it; down comes forward,
// and at its end the prompt is empty again. Whatever else is done in the field ends the walk.
import { announce } from "../shared/announce.js";
import { getJson } from "../shared/ask.js";
import { PROMPTS_SHOWN } from "../shared/facts.js";
import { composes } from "../shared/keys.js";
import { msg } from "../shared/language.js";
import { shorten } from "../shared/words.js";

/**
 * Where the walk is after a key: -1 is the empty prompt, 0 the newest; null where the key is the
 * text's own.
 *
 * @param {string} key
 * @param {{ at: number, count: number }} walk
 */
export function stepped(key, { at, count }) {
  if (key === "ArrowUp") return Math.min(at + 1, count - 1);
  if (key === "ArrowDown") return at < 0 ? null : at - 1;
  return null;
}

/**
 * Walk through the earlier prompts with the keys of the prompt's field; `fill(text)` puts one in, as
 * if it were typed.
 *
 * @param {(text: string) => void} fill
 */
export function watchRecall(fill) {
  /** @type {string[]} */
  let prompts = []; // the newest first
  let at = -1;
  let asked = 0;

  document.addEventListener("keydown", (event) => onKey(event));
  document.addEventListener("pointerdown", ({ target }) => promptField(target) && stop());
  document.addEventListener("focusout", ({ target }) => promptField(target) && stop());

  function stop() {
    at = -1;
    asked += 1; // an answer that is under way comes too late
  }

  /** @param {KeyboardEvent} event */
  function onKey(event) {
    const area = promptField(event.target);
    if (!area || event.key === "Shift" || event.defaultPrevented) return;
    const changed = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (changed || composes(event)) return stop();
    const walking = at >= 0 && area.value === prompts[at];
    if (!walking) at = -1;
    if (!walking && (area.value !== "" || event.key !== "ArrowUp")) return stop();
    if (!walking) {
      event.preventDefault();
      return begin(area);
    }
    const next = stepped(event.key, { at, count: prompts.length });
    if (next === null) return stop();
    event.preventDefault();
    show(next);
  }

  /**
   * Ask for the prompts anew, and show the last; not if something was typed meanwhile.
   *
   * @param {HTMLTextAreaElement} area
   */
  async function begin(area) {
    asked += 1;
    const mine = asked;
    /** @type {{ prompts: EarlierPrompt[] } | null} */
    const answer = await getJson(`/api/prompts?limit=${PROMPTS_SHOWN}`);
    if (mine !== asked || area.value !== "" || document.activeElement !== area) return;
    prompts = (answer?.prompts ?? []).map(({ prompt }) => prompt.replaceAll(/\r\n?/g, "\n")); // as a field holds them
    if (prompts.length) show(0);
    else if (answer) announce(msg("There are no earlier prompts yet."));
  }

  /** @param {number} next */
  const said = (next) =>
    msg("Earlier prompt {at} of {all}: {prompt}", {
      at: next + 1,
      all: prompts.length,
      prompt: shorten(prompts[next]),
    });

  /** @param {number} next */
  function show(next) {
    at = next;
    fill(next < 0 ? "" : prompts[next]);
    announce(next < 0 ? msg("The prompt is empty again.") : said(next), { about: "recall" });
  }
}

/** @param {EventTarget | null} target */
const promptField = (target) => (target instanceof HTMLTextAreaElement && target.closest("#prompt") ? target : null);
