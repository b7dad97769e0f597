// Words for numbers, moments and counts, in the page's language.
import { msg, msgN, number, region, tag } from "./language.js";

/** @param {number} value */
export function seconds(value) {
  if (value >= 60) return minutes(value);
  const digits = value < 1 ? 2 : 1;
  return msg("{seconds} s", {
    seconds: number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits }),
  });
}

/**
 * Elapsed time, for a number that ticks: 7 s, 1 min 5 s.
 *
 * @param {number} value
 */
export function minutes(value) {
  if (value < 60) return msg("{seconds} s", { seconds: whole(value) });
  return msg("{minutes} min {seconds} s", { minutes: whole(value / 60), seconds: whole(value % 60) });
}

/** @param {number} value */
const whole = (value) => number(Math.floor(value), { useGrouping: false });

/**
 * The time of day, with the date unless it is today's (or `full` asks for it).
 *
 * @param {string} iso
 */
export function when(iso, full = false) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const time = { hour: "numeric", minute: "2-digit" };
  if (today && !full) return moment.toLocaleTimeString(region, time);
  return moment.toLocaleString(region, { year: "numeric", month: "short", day: "numeric", ...time });
}

// Not in Firefox before 125.
const letters = "Segmenter" in Intl ? new Intl.Segmenter(tag, { granularity: "grapheme" }) : null;

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
export function dollars(amount) {
  const text = number(amount, {
    style: "currency",
    currency: "USD", // its sign as the server writes it in this language
    minimumFractionDigits: 2,
    maximumFractionDigits: 5,
  });
  // In lines from right to left the sign would change sides, and fall apart: one piece there.
  return globalThis.document?.documentElement?.dir === "rtl" ? `\u2066${text}\u2069` : text;
}

/** @param {number} count */
export const images = (count) => msgN("1 image", "{n} images", count);
