// The seed at the prompt: drawn anew each time, or kept, and random again by itself once the prompt
// is another one. A seed that was kept for one prompt and goes on with the next, unnoticed, makes an
// evening of look-alikes.
import { become, h } from "../shared/dom.js";
import { msg } from "../shared/language.js";
import { shorten } from "../shared/words.js";

const RANDOM = msg("Seed: random");
const RANDOM_TITLE = msg("Each image gets a seed of its own");
const AGAIN = msg("random again");
const KEEP = msg("keep it");
const PAUSE_MS = 300; // in typing, before a prompt is looked at
const SHOWN_MAX_CHARS = 22;

/** @param {string} seed */
const kept = (seed) => msg("Seed {seed} kept", { seed });
/** @param {string} seed */
const putAside = (seed) => msg("Seed: random, as the prompt is new. It was {seed}", { seed });

/** @typedef {{ random: boolean, seed: string }} SeedHeld */

/**
 * The rule, apart from any page. `set(random)` turns the form's switch.
 *
 * @param {(random: boolean) => void} set
 */
export function makeSeedRule(set) {
  /** @type {SeedHeld} */
  let held = { random: true, seed: "" };
  let since = ""; // the prompt that the seed is kept for
  let last = ""; // the prompt as it was typed, or filled in, at last
  let aside = false; // whether the rule has put the seed aside
  /** @type {boolean | null} */
  let awaited = null; // what the switch was turned to, until the form says so

  /** @param {boolean} random */
  function turn(random) {
    aside = random;
    held = { ...held, random };
    awaited = random;
    set(random);
  }

  return {
    aside: () => aside,
    /**
     * The form holds this now, by whatever means.
     *
     * @param {SeedHeld} now
     * @param {string} prompt
     */
    holds(now, prompt) {
      if (awaited !== null && now.random !== awaited) return;
      awaited = null;
      const filled = prompt !== last;
      const chosen = now.random !== held.random || (!now.random && now.seed !== held.seed);
      if (filled || chosen) {
        since = prompt;
        aside = false;
      }
      last = prompt;
      held = now;
    },
    /**
     * A person is typing: not yet to be judged.
     *
     * @param {string} prompt
     */
    typing(prompt) {
      last = prompt;
    },
    /**
     * A person has typed this prompt. Returns whether its seed is to be random.
     *
     * @param {string} prompt
     */
    typed(prompt) {
      last = prompt;
      const isNew = rewritten(since, prompt);
      if (!held.random && isNew) turn(true);
      else if (held.random && aside && !isNew) turn(false);
      return held.random;
    },
    /** It was sent: from here on this is the prompt that the seed belongs to. */
    sent() {
      if (!held.random) since = last;
    },
    keep() {
      since = last;
      turn(false);
    },
  };
}

/**
 * Whether a prompt is another one, rather than the one before with something changed or added: less
 * than half of its words are left, long ones counting more. An empty one is none.
 *
 * @param {string} before
 * @param {string} now
 */
export function rewritten(before, now) {
  const [old, left] = [wordsOf(before), wordsOf(now)];
  if (old.size === 0 || left.size === 0) return false;
  const weight = (/** @type {Iterable<string>} */ words) => [...words].join("").length;
  return 2 * weight([...old].filter((word) => left.has(word))) < weight(old);
}

/** @param {string} text */
function wordsOf(text) {
  const small = text.toLocaleLowerCase();
  if (!("Segmenter" in Intl)) return new Set(small.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []);
  const parts = [...new Intl.Segmenter(undefined, { granularity: "word" }).segment(small)];
  return new Set(parts.filter((part) => part.isWordLike).map((part) => part.segment));
}

/**
 * The seed as a chip that follows the form; `set(random)` turns the form's switch.
 *
 * @param {(random: boolean) => void} set
 */
export function makeSeedChip(set) {
  const text = h("span", { dir: "auto" });
  const button = h("button", { type: "button" });
  const root = h("span", { class: "seed-chip", role: "group", "aria-label": msg("Seed"), hidden: true }, text, button);
  const rule = makeSeedRule(set);
  let timer = 0;
  button.onclick = () => (rule.aside() ? rule.keep() : set(true));

  return {
    root,
    /**
     * @param {SeedHeld} held
     * @param {string} prompt
     */
    holds(held, prompt) {
      rule.holds(held, prompt);
      const seed = shorten(held.seed, SHOWN_MAX_CHARS);
      become(root, { title: held.random ? RANDOM_TITLE : "" });
      root.toggleAttribute("data-kept", !held.random);
      become(text, { textContent: !held.random ? kept(seed) : rule.aside() ? putAside(seed) : RANDOM });
      become(button, {
        hidden: held.random && !rule.aside(),
        textContent: !held.random ? AGAIN : rule.aside() ? KEEP : "",
      });
    },
    /** @param {boolean} taken whether the model takes a seed */
    show(taken) {
      become(root, { hidden: !taken });
    },
    /**
     * The prompt is being typed: look at it once that pauses.
     *
     * @param {string} prompt
     */
    typing(prompt) {
      clearTimeout(timer);
      rule.typing(prompt);
      timer = setTimeout(() => rule.typed(prompt), PAUSE_MS);
    },
    /**
     * It is about to be sent with this: whether the seed is to be random all the same.
     *
     * @param {SeedHeld} held
     * @param {string} prompt
     */
    decide(held, prompt) {
      clearTimeout(timer);
      rule.holds(held, prompt);
      const random = rule.typed(prompt);
      rule.sent();
      return random;
    },
  };
}
