// What can be shown, of which time, and how it is said.
import { msg, msgN, number } from "../shared/language.js";
import { dollars } from "../shared/words.js";

export const YEAR = 365;
/** @type {[days: number, text: string][]} */
export const RANGES = [
  [7, msg("7 days")],
  [30, msg("30 days")],
  [90, msg("90 days")],
  [YEAR, msg("1 year")],
];

/** @param {number} value */
const inSeconds = (value) =>
  msg("{seconds} s", { seconds: number(value, { maximumFractionDigits: value < 10 ? 1 : 0 }) });

/**
 * What the seconds are, and how long they are in all.
 *
 * @param {number} value
 */
export function ofComputing(value) {
  if (value < 60) return msg("of computing");
  if (value < 3600) return msg("of computing, {minutes} min", { minutes: Math.round(value / 60) });
  return msg("of computing, {hours} h", { hours: Math.round(value / 360) / 10 });
}

/**
 * @typedef {"images" | "price_usd" | "seconds"} Key
 *
 * @typedef {object} Metric
 * @property {string} label
 * @property {string} byDay the title of its bars
 * @property {string} byWeek
 * @property {Key} key
 * @property {(value: number) => string} format
 * @property {boolean} whole
 * @property {string} what
 */

/**
 * What the bars can show, by its name in the address.
 *
 * @type {{ [name: string]: Metric }}
 */
export const METRICS = {
  images: {
    label: msg("Images"),
    byDay: msg("Images by day"),
    byWeek: msg("Images by week"),
    key: "images",
    format: (value) => number(value),
    whole: true,
    what: msg("made"),
  },
  money: {
    label: msg("Money"),
    byDay: msg("Money by day"),
    byWeek: msg("Money by week"),
    key: "price_usd",
    format: dollars,
    whole: false,
    what: msg("at list prices"),
  },
  seconds: {
    label: msg("Seconds"),
    byDay: msg("Seconds by day"),
    byWeek: msg("Seconds by week"),
    key: "seconds",
    format: inSeconds,
    whole: false,
    what: ofComputing(0),
  },
};

/**
 * How many images there are in a time.
 *
 * @param {number} count
 * @param {number} days
 */
export function saidTotal(count, days) {
  return days === YEAR
    ? msgN("1 image in the last 1 year.", "{n} images in the last 1 year.", count)
    : msgN("1 image in the last {days} days.", "{n} images in the last {days} days.", count, { days });
}

/**
 * Whether a bar is a week: days would be too many to tell apart.
 *
 * @param {number} days
 */
export const inWeeks = (days) => days > 90;
