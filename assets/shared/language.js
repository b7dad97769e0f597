// The page's language: sentences from its table, which the page's head brings, and numbers, moments
// and lists as it writes them. Every text that people read comes through here, as a whole sentence:
// `make words` finds the literals in msg, msgN and msgParts.

/** The page's language, a tag such as de. */
export const tag = globalThis.document?.documentElement?.lang || "en";

/** How moments are written: as the browser's own kind of this language has it (en-GB). */
export const region = globalThis.navigator?.languages?.find((own) => own.split("-")[0] === tag.split("-")[0]) ?? tag;

const table = globalThis.playgroundTexts ?? { texts: {}, plurals: {} };
const plurals = new Intl.PluralRules(tag);
const PLACE = /\{(\w+)\}/;
const LATIN = /[!-~]$/;
/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map(); // making one takes as long as using it a hundred times

/**
 * A number as people read it: 1,024. What is none to them (a seed, an id) is given as text.
 *
 * @param {number} value
 * @param {Intl.NumberFormatOptions} options
 */
export function number(value, options = {}) {
  const key = JSON.stringify(options);
  const format = formats.get(key) ?? new Intl.NumberFormat(tag, options);
  formats.set(key, format);
  return format.format(value);
}

/**
 * The sentence `template`, in which {name} is the value of that name.
 *
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
export const msg = (template, values = {}) => filled(translated(template), values);

/**
 * `one` for a count of 1, else `other`; {n} is the count.
 *
 * @param {string} one
 * @param {string} other
 * @param {number} n
 * @param {Record<string, string | number>} values
 */
export function msgN(one, other, n, values = {}) {
  const forms = table.texts[one];
  const form = Array.isArray(forms) ? forms[table.plurals[plurals.select(n)] ?? forms.length - 1] : "";
  return filled(form || (n === 1 ? one : other), { n, ...values });
}

/**
 * The parts of a sentence whose values may be elements, for `h` and `append`.
 *
 * @param {string} template
 * @param {Record<string, string | number | Node>} values
 * @returns {(string | Node)[]}
 */
export const msgParts = (template, values) =>
  translated(template)
    .split(PLACE)
    .map((part, at) => (at % 2 ? shown(values[part] ?? `{${part}}`) : part))
    .filter((part) => part !== "");

/**
 * A text of the table that is not written where it is asked for: what the facts name.
 *
 * @param {string} text
 */
export function translated(text) {
  const found = Object.hasOwn(table.texts, text) ? table.texts[text] : "";
  return (Array.isArray(found) ? found[0] : found) || text;
}

/**
 * What can be chosen of, or is named together: a, b and c.
 *
 * @param {string[]} texts
 * @param {Intl.ListFormatOptions} options
 */
export const listed = (texts, options = { type: "conjunction" }) => new Intl.ListFormat(tag, options).format(texts);

/**
 * Sentences one after the other; empty ones are left out. Chinese and Japanese have no blank between
 * theirs, but behind what a platform has said in English.
 *
 * @param {(string | null | undefined)[]} texts
 */
export const joined = (...texts) =>
  texts
    .flatMap((text) => text || [])
    .reduce(
      (t0, t1) =>
        // Translators: two sentences, one after the other; without the blank in Chinese and Japanese
        !t0 || LATIN.test(t0) ? `${t0} ${t1}`.trim() : msg("{t0} {t1}", { t0, t1 }),
      "",
    );

/**
 * A sentence and what follows it as `joined` has them, for `h` and `append`: either may be an element.
 *
 * @param {string | HTMLElement} sentence
 * @param {string | HTMLElement | null | undefined} next
 */
export function joinedParts(sentence, next) {
  if (!next) return [sentence];
  const latin = LATIN.test(typeof sentence === "string" ? sentence : (sentence.textContent ?? ""));
  return latin ? [sentence, " ", next] : msgParts("{t0} {t1}", { t0: sentence, t1: next });
}

/**
 * Names one after the other: a, b, c.
 *
 * @param {string[]} names
 */
export const inRow = (names) =>
  // Not Intl's lists of units: those have nothing at all between them in Chinese.
  // Translators: between the names of a list
  names.join(msg(", "));

/**
 * Facts one after the other, in one sentence; empty ones are left out.
 *
 * @param {(string | null | undefined)[]} texts
 */
export const alongside = (...texts) =>
  texts
    .flatMap((text) => text || [])
    // Translators: two facts in one sentence: 4 images, about 3 min
    .reduce((t0, t1) => (t0 ? msg("{t0}, {t1}", { t0, t1 }) : t1), "");

/**
 * @param {string} template
 * @param {Record<string, string | number>} values
 */
function filled(template, values) {
  return template.replace(/\{(\w+)\}/g, (place, name) => {
    const value = Object.hasOwn(values, name) ? values[name] : place;
    return typeof value === "number" ? number(value) : value;
  });
}

/** @param {string | number | Node} value */
const shown = (value) => (typeof value === "number" ? number(value) : value);
