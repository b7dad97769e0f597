// Finding by words, in every script, as one types: the beginning of a word, something within one, a
// slip, the letters in their order. Pure.

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
// Where accents and vowel signs may be left out when one types. In Hindi or Thai they are letters.
const MARKS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}])\p{M}+/gu;
const SHORT = 12; // words of a name; in a longer text slips would find everything
const READ_CHARS = 600; // of a text

/** @typedef {{ words: string[], whole: string }} Findable */

/**
 * A text as it is compared: without case, accents and the forms that compatible letters have.
 *
 * @param {string} text
 */
export const fold = (text) =>
  text
    .normalize("NFKD")
    .toLowerCase()
    .toUpperCase() // both ways: \u00df is SS, a dotless i is I
    .toLowerCase()
    .replaceAll("\u03c2", "\u03c3")
    .replace(MARKS, "");

/**
 * A text made ready to be found.
 *
 * @param {string} text
 * @returns {Findable}
 */
export function findable(text) {
  const words = fold(text.slice(0, READ_CHARS)).match(WORD) ?? [];
  return { words, whole: fold(text.slice(0, READ_CHARS)).trim() };
}

/**
 * How well `sought` finds this: 0 is not at all. All words that are sought have to be in it.
 *
 * @param {Findable} found
 * @param {Findable} sought
 */
export function likeness({ words, whole }, sought) {
  if (!sought.words.length) return sought.whole && whole.includes(sought.whole) ? 1 : 0; // signs alone
  const joined = words.join("");
  let sum = 0;
  for (const word of sought.words) {
    let best = word.length > 2 && joined.includes(word) ? 2 : 0;
    for (const other of words) best = Math.max(best, alike(other, word, words.length <= SHORT));
    if (!best) return 0;
    sum += best;
  }
  return sum + (words[0]?.startsWith(sought.words[0]) ? 0.5 : 0) + 0.4 / (1 + words.length);
}

/**
 * The items that `text` finds, the best first; among equals they stay in their order.
 *
 * @template {{ found: Findable }} Item
 * @param {Item[]} items
 * @param {string} text
 */
export function find(items, text) {
  const sought = findable(text);
  return items
    .map((item) => ({ item, score: likeness(item.found, sought) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .map(({ item }) => item);
}

/**
 * @param {string} word
 * @param {string} sought
 * @param {boolean} loosely
 */
function alike(word, sought, loosely) {
  if (word === sought) return 7;
  if (word.startsWith(sought)) return 6;
  const letters = [...sought].length * (/^\p{ASCII}+$/u.test(sought) ? 1 : 2); // a sign says more than a letter
  if (letters > 1 && word.includes(sought)) return 3;
  if (!loosely) return 0;
  if (letters > 3 && oneSlip(word, sought)) return 2;
  return letters > 2 && word[0] === sought[0] && inOrder(word, sought) ? 1 : 0;
}

/**
 * Whether a beginning of `word` is `sought` but for one letter: another, one too many, one too few,
 * or two that changed places.
 *
 * @param {string} word
 * @param {string} sought
 */
function oneSlip(word, sought) {
  let at = 0;
  while (at < sought.length && word[at] === sought[at]) at += 1;
  const rest = sought.slice(at + 1);
  if (word.slice(at + 1).startsWith(rest)) return true; // another letter
  if (word.slice(at).startsWith(rest)) return true; // one too many
  if (word.slice(at + 1).startsWith(sought.slice(at))) return true; // one too few
  const swapped = word[at] === sought[at + 1] && word[at + 1] === sought[at];
  return swapped && word.slice(at + 2).startsWith(sought.slice(at + 2));
}

/**
 * Whether the letters of `sought` come in `word` in their order.
 *
 * @param {string} word
 * @param {string} sought
 */
function inOrder(word, sought) {
  let at = 0;
  for (const letter of word) if (letter === sought[at]) at += 1;
  return at === sought.length;
}
