// Words for numbers, moments and counts.

/** @param {number} value */
export const seconds = (value) =>
  value < 1 ? `${value.toFixed(2)} s` : value < 60 ? `${value.toFixed(1)} s` : minutes(value);

/**
 * Elapsed time, for a number that ticks: 7 s, 1 min 5 s.
 *
 * @param {number} value
 */
export const minutes = (value) =>
  value < 60 ? `${Math.floor(value)} s` : `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;

/**
 * The time of day, with the date unless it is today's (or `full` asks for it).
 *
 * @param {string} iso
 */
export function when(iso, full = false) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  const time = moment.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (today && !full) return time;
  return `${moment.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" })}, ${time}`;
}

// Not in Firefox before 125.
const letters = "Segmenter" in Intl ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

/**
 * At most `length` characters of a text, cut where a person sees a letter end: never within an emoji,
 * or between a letter and its accents.
 *
 * @param {string} text
 */
export function shorten(text, length = 140) {
  if (text.length <= length) return text;
  const end = letters ? (letters.segment(text).containing(length - 1)?.index ?? 0) : text.lastIndexOf(" ", length - 1);
  return `${text.slice(0, Math.max(0, end)).trimEnd()}\u2026`;
}

/**
 * An amount of US dollars: at least two decimals, more only where they matter.
 *
 * @param {number} amount
 */
export const dollars = (amount) =>
  `$${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 5 })}`;

/** @param {number} count */
export const images = (count) => (count === 1 ? "1 image" : `${count.toLocaleString()} images`);
