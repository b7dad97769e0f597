// Where the words that are sought stand in a text. Pure.
import { findable, fold } from "../shared/palette_find.js";

const CLUSTER = /\P{M}\p{M}*|^\p{M}+/gsu; // a letter with its accents
const LETTER = /[\p{L}\p{N}]/u;
const SIGNS = /[^\p{ASCII}]/u; // one such letter says more: it may be a whole word

/** @typedef {[from: number, to: number]} Span */

/**
 * The words of what is sought, folded, each once.
 *
 * @param {string} sought
 */
export const wordsOf = (sought) => [...new Set(findable(sought).words)];

/**
 * Where `words` stand in `text`: a short one at the beginning of a word, a longer one anywhere. Null
 * where one of them is missing, in the text and in `also`, what else is to count.
 *
 * @param {string} text
 * @param {string[]} words
 * @returns {Span[] | null}
 */
export function spans(text, words, also = "") {
  const beside = folded(also);
  const own = folded(text);
  /** @type {Span[]} */
  const found = [];
  for (const word of words) {
    const places = placesOf(own, word);
    if (!places.length && !placesOf(beside, word).length) return null;
    found.push(...places);
  }
  return joined(found);
}

/**
 * A text as it is compared, and for each of its characters which of the text's it came from.
 *
 * @param {string} text
 */
function folded(text) {
  let letters = "";
  /** @type {number[]} */
  const from = [];
  let at = 0;
  for (const cluster of text.match(CLUSTER) ?? []) {
    const small = fold(cluster);
    letters += small;
    for (let n = 0; n < small.length; n += 1) from.push(at);
    at += cluster.length;
  }
  return { letters, from: [...from, text.length] };
}

/**
 * @param {ReturnType<typeof folded>} text
 * @param {string} word
 */
function placesOf({ letters, from }, word) {
  const anywhere = word.length > 3 || SIGNS.test(word);
  /** @type {Span[]} */
  const found = [];
  for (let at = letters.indexOf(word); at >= 0; at = letters.indexOf(word, at + word.length)) {
    if (!anywhere && at > 0 && LETTER.test(letters[at - 1])) continue;
    let end = at + word.length;
    while (end < letters.length && from[end] === from[end - 1]) end += 1; // a letter is marked whole
    found.push([from[at], from[end]]);
  }
  return found;
}

/**
 * Spans in their order, those as one that touch or overlap.
 *
 * @param {Span[]} found
 */
function joined(found) {
  /** @type {Span[]} */
  const whole = [];
  for (const [from, to] of found.sort((one, other) => one[0] - other[0])) {
    const last = whole.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else whole.push([from, to]);
  }
  return whole;
}
