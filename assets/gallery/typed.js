// What is typed into the search box, and the `q` of the address that it stands for. The last word is
// a beginning, and so `q` says: `light` is typed, `light*` is asked. In quotation marks it is whole.

// As the server takes a text apart (backend/library/query.py).
const TERM = /(-?)(?:"([^"]*)("\*?)?|([^\s"]+))/g;
const WORD = /[\p{L}\p{N}]/u;

/**
 * One term: `words` without its signs, `end` of its text in the whole.
 *
 * @typedef {object} Term
 * @property {string} text as it stands
 * @property {string} words
 * @property {boolean} wanted
 * @property {boolean} quoted
 * @property {boolean} open a quotation mark is not closed
 * @property {boolean} prefix
 * @property {number} start
 * @property {number} end
 */

/**
 * The terms of a text, those without a letter or digit too.
 *
 * @param {string} text
 * @returns {Term[]}
 */
export function termsOf(text) {
  return [...text.matchAll(TERM)].map((found) => {
    const [whole, minus, phrase, closed, word] = found;
    return {
      text: whole,
      words: phrase ?? word.replace(/\*+$/, ""),
      wanted: minus === "",
      quoted: phrase !== undefined,
      open: phrase !== undefined && !closed,
      prefix: phrase === undefined ? word.endsWith("*") : closed === '"*',
      start: found.index,
      end: found.index + whole.length,
    };
  });
}

/** @param {Term} term */
export const hasWord = (term) => WORD.test(term.words);

/**
 * The last term with a word, if any, and the text without what has only been begun behind it: a
 * lone minus or quotation mark.
 *
 * @param {string} text
 * @returns {{ rest: string, last: Term | undefined }}
 */
function lastOf(text) {
  let rest = text.trim();
  const terms = termsOf(rest);
  while (terms.length && !hasWord(terms[terms.length - 1]) && /^-?"?$/.test(terms[terms.length - 1].text))
    rest = rest.slice(0, /** @type {Term} */ (terms.pop()).start).trimEnd();
  return { rest, last: terms.findLast(hasWord) };
}

/**
 * The `q` of what is typed.
 *
 * @param {string} text
 */
export function asked(text) {
  const { rest, last } = lastOf(text);
  if (!last) return rest;
  if (last.open) return `${rest}"${last.wanted ? "*" : ""}`;
  if (last.quoted || last.prefix || !last.wanted) return rest;
  return `${rest.slice(0, last.end)}*${rest.slice(last.end)}`;
}

/**
 * What is shown in the box for a `q`, whoever wrote it: `asked` of that finds the same.
 *
 * @param {string} q
 */
export function shownAs(q) {
  const { rest, last } = lastOf(q);
  if (!last?.wanted || last.open) return q;
  const [before, after] = [rest.slice(0, last.start), rest.slice(last.end)];
  if (!last.quoted) return before + (last.prefix ? last.words : `"${last.text}"`) + after;
  return last.prefix && !after ? `${before}"${last.words}` : q;
}

/**
 * The words of `q` that are to be there, each as a beginning and wherever it stands; the rest as it is.
 *
 * @param {string} q
 * @returns {{ q: string, words: string[] }}
 */
export function loosened(q) {
  const words = termsOf(q)
    .filter((term) => term.wanted && hasWord(term))
    .flatMap((term) => (term.quoted ? term.words.split(/\s+/) : [term.words]).filter((word) => WORD.test(word)));
  const others = termsOf(q).filter((term) => !term.wanted && hasWord(term));
  return { q: [...words.map((word) => `${word}*`), ...others.map((term) => term.text)].join(" "), words };
}
