// Prompts cut into phrases while somebody types: as backend/experiments/phrases.py does, of which a
// table holds both. A cut never falls into brackets or quotes.
import { CONJUNCTIONS, JOINING, LONG_WORDS } from "../shared/facts.js";
import { tag } from "../shared/language.js";

const WHOLE = [
  '"[^"\\n]*"',
  "\u201c[^\u201c\u201d]*\u201d",
  "\u201e[^\u201c\u201d\u201e]*[\u201c\u201d]",
  "\u00ab[^\u00ab\u00bb]*\u00bb",
  "\\((?:[^()]|\\([^()]*\\))*\\)",
  "\\[[^\\[\\]]*\\]",
  "\\{[^\\{\\}]*\\}",
  "<[^<>]*>",
].join("|");
const MARK = new RegExp(
  `(${WHOLE})|[,;\\n\u3001\uff0c\uff1b\u3002\uff01\uff1f\u2026]|[.!?:](?=\\s|$)|[\\-\u2013\u2014](?=\\s)`,
  "gu",
);
const WORD = new RegExp(`(?:${WHOLE}|\\S)+`, "gu");
const ABBREVIATED = /(?:^|[^\p{L}\p{N}])(?:\p{L}|Mr|Mrs|Ms|Dr|St|vs|ca)$/u;
const NOTHING = /^[\s.!?:;,\u3002\uff01\uff1f\u2026\uff1b\u3001\uff0c\u2013\u2014-]*$/u;

/** @typedef {{ start: number, end: number }} Span */

/**
 * The phrases of a prompt: what commas and the like part, and clauses where it is long.
 *
 * @param {string} prompt
 * @returns {Span[]}
 */
export function cut(prompt) {
  const pieces = [];
  let start = 0;
  for (const mark of prompt.matchAll(MARK)) {
    if (mark[1] !== undefined || !parts(prompt, mark.index)) continue;
    pieces.push({ start, end: mark.index });
    start = mark.index + mark[0].length;
  }
  pieces.push({ start, end: prompt.length });
  const said = pieces.map((piece) => trimmed(prompt, piece)).filter((span) => span !== null);
  return said.flatMap((span) => clauses(prompt, span, said.length === 1));
}

/**
 * Where a phrase can be split: the beginning of each of its words but the first.
 *
 * @param {string} phrase
 */
export function splits(phrase) {
  const words = [...phrase.matchAll(/\S+/gu)].map((word) => word.index);
  if (words.length > 1 || !("Segmenter" in Intl)) return words.slice(1);
  const found = [...new Intl.Segmenter(tag, { granularity: "word" }).segment(phrase)]; // no blanks between words
  return found.filter(({ isWordLike, index }) => isWordLike && index).map(({ index }) => index);
}

/**
 * A piece without the blanks at its ends, null where it says nothing.
 *
 * @param {string} prompt
 * @param {Span} piece
 * @returns {Span | null}
 */
export function trimmed(prompt, { start, end }) {
  const text = prompt.slice(start, end);
  if (NOTHING.test(text)) return null;
  const from = start + text.length - text.trimStart().length;
  return { start: from, end: from + text.trim().length };
}

/**
 * Whether the mark there parts phrases: not in 1,000, e.g. or Mr. Smith, nor a hyphen.
 *
 * @param {string} prompt
 * @param {number} at
 */
function parts(prompt, at) {
  const [before, after] = [prompt.slice(Math.max(0, at - 4), at), prompt.slice(at + 1, at + 2)];
  if (prompt[at] === ",") return !(/\p{Nd}$/u.test(before) && /\p{Nd}/u.test(after));
  if (prompt[at] === ".") return !ABBREVIATED.test(before);
  if ("-\u2013\u2014".includes(prompt[at])) return !/\S$/u.test(before);
  return true;
}

/**
 * @param {string} prompt
 * @param {Span} span
 * @param {boolean} alone
 * @returns {Span[]}
 */
function clauses(prompt, { start, end }, alone) {
  const words = [...prompt.slice(start, end).matchAll(WORD)];
  if (words.length < LONG_WORDS && !alone) return [{ start, end }];
  const starts = [0];
  let own = 0; // words, which join nothing, since the last start
  for (const [at, word] of words.slice(0, -1).entries()) {
    const text = word[0].toLowerCase();
    if (!JOINING.includes(text)) own += 1;
    else if (own > (CONJUNCTIONS.includes(text) ? 1 : 0)) {
      starts.push(at);
      own = 0;
    }
  }
  return starts.map((at, index) => {
    const last = words[(starts[index + 1] ?? words.length) - 1];
    return { start: start + words[at].index, end: start + last.index + last[0].length };
  });
}
