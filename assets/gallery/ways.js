// Where a search finds nothing: what would find something, and how much. Asked for once, when it is shown.
import { ask } from "../shared/ask.js";
import { inRow, msg, msgN } from "../shared/language.js";
import { withChanges } from "./address.js";
import { hasWord, loosened, termsOf } from "./typed.js";

const TRIED = 4; // words or filters that are left out one by one
const LEAST_LETTERS = 3;
const LEAST_SHARE = 0.4; // of a word's letters: fewer have nothing to do with it

/** @typedef {{ text: string, query: URLSearchParams }} Way */

const SAY = {
  beginning: (/** @type {string[]} */ words) => msg("Beginning with {words}", { words: inRow(words) }),
  without: (/** @type {string} */ what) => msg("Without {what}", { what }),
  unfiltered: () => msg("Without any filter"),
  included: (/** @type {string[]} */ words) => msg("Also with {words}", { words: inRow(words) }),
  trash: () => msg("In the trash"),
  gallery: () => msg("In the gallery"),
  many: (/** @type {string} */ way, /** @type {number} */ count) =>
    msgN("{way}: 1 image", "{way}: {n} images", count, { way }),
};

/**
 * What finds something in place of `query`, the likeliest first. `filters` are those that are on, in
 * words, with the changes that take each off. Throws where there is no answer.
 *
 * @param {URLSearchParams} query
 * @param {[text: string, changes: { [name: string]: string | string[] | null }, image?: string][]} filters
 * @param {AbortSignal} signal
 * @returns {Promise<Way[]>}
 */
export async function waysOut(query, filters, signal) {
  /** @param {URLSearchParams} other */
  async function found(other) {
    const page = await ask(`/api/images?${withFast(other)}`, { signal });
    return { count: page.total, least: page.total_is_least };
  }

  /**
   * @param {string} text
   * @param {URLSearchParams} other
   * @returns {Promise<Way[]>} of one or none
   */
  async function way(text, other) {
    const { count, least } = await found(other);
    return count ? [{ text: least ? text : SAY.many(text, count), query: other }] : [];
  }

  const q = query.get("q") ?? "";
  const inTrash = query.get("trash") === "1";
  const on = filters.slice(0, TRIED).map(([text, changes]) => way(SAY.without(text), withChanges(query, changes)));
  const bare = withChanges("", { q, trash: query.get("trash") });
  const ways = await Promise.all([
    wordWays(q, (other) => withChanges(query, { q: other }), found, way),
    ...on,
    filters.length > 1 && q ? way(SAY.unfiltered(), bare) : [],
    way(inTrash ? SAY.gallery() : SAY.trash(), withChanges(query, { trash: inTrash ? "" : "1" })),
  ]);
  return ways.flat();
}

/** @param {URLSearchParams} query */
function withFast(query) {
  const all = new URLSearchParams(query);
  all.set("limit", "1");
  all.set("total", "fast");
  return all;
}

/**
 * Other words: all as beginnings; else the longest beginning of the one that nothing has, or without
 * it; else with what was excluded; else the longest beginning of each alone.
 *
 * @param {string} q
 * @param {(q: string) => URLSearchParams} withWords
 * @param {(other: URLSearchParams) => Promise<{ count: number }>} found
 * @param {(text: string, other: URLSearchParams) => Promise<Way[]>} way
 * @returns {Promise<Way[]>}
 */
async function wordWays(q, withWords, found, way) {
  const { q: loose, words } = loosened(q);
  if (!words.length) return [];
  const begun = loose === q ? [] : await way(SAY.beginning(words), withWords(loose));
  if (begun.length) return begun;
  const excluded = termsOf(q).filter((term) => !term.wanted && hasWord(term));
  const rest = excluded.map((term) => term.text).join(" ");
  const tried = words.map((_, index) => index).slice(-TRIED);
  /**
   * The query with another text in place of the word at `index`.
   *
   * @param {number} index
   */
  const instead = (index) => (/** @type {string} */ text) =>
    withWords([...words.map((word, at) => (at === index ? text : `${word}*`)), rest].filter(Boolean).join(" "));
  const fewer = await Promise.all(
    tried.map(async (index) => {
      const begun = await longest(words[index], instead(index), found, way);
      if (begun.length || words.length === 1) return begun;
      return way(SAY.without(words[index]), instead(index)(""));
    }),
  );
  if (fewer.some((ways) => ways.length)) return fewer.flat();
  const included = excluded.map((term) => term.words);
  const whole = words.map((word) => `${word}*`).join(" ");
  const all = excluded.length ? await way(SAY.included(included), withWords(whole)) : [];
  if (all.length || words.length === 1) return all;
  return (await Promise.all(tried.map((index) => longest(words[index], withWords, found, way)))).flat();
}

/**
 * The longest beginning of a word that something has; that of a few letters is none.
 *
 * @param {string} word
 * @param {(text: string) => URLSearchParams} instead the query with a text in the word's place
 * @param {(other: URLSearchParams) => Promise<{ count: number }>} found
 * @param {(text: string, other: URLSearchParams) => Promise<Way[]>} way
 * @returns {Promise<Way[]>}
 */
async function longest(word, instead, found, way) {
  const letters = [...word];
  /** @param {number} length */
  const begun = (length) => letters.slice(0, length).join("");
  let [there, gone] = [0, letters.length + 1];
  const least = Math.max(LEAST_LETTERS, Math.ceil(letters.length * LEAST_SHARE));
  if (least < gone && (await found(instead(`${begun(least)}*`))).count) there = least;
  while (there && gone - there > 1) {
    const middle = (there + gone) >> 1;
    if ((await found(instead(`${begun(middle)}*`))).count) there = middle;
    else gone = middle;
  }
  return there ? way(SAY.beginning([begun(there)]), instead(`${begun(there)}*`)) : [];
}
