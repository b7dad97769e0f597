// What a blind test showed, or that it showed nothing: sentences first, then the figures.
import { h } from "../shared/dom.js";
import { msg, msgN, number } from "../shared/language.js";
import { dollars, seconds } from "../shared/words.js";

/**
 * @typedef {object} Result
 * @property {number} votes
 * @property {string[]} says
 * @property {{ label: string, share: number | null, interval: [number, number] | null, seconds: number | null, price_usd: number | null }[]} settings
 * @property {Two[]} between
 * @property {number} bad
 * @property {{ won: number, of: number, doubtful: boolean }} left
 */

/**
 * @typedef {object} Two
 * @property {[number, number]} settings
 * @property {number} votes
 * @property {[number, number]} won
 * @property {number} equal
 * @property {number} bad
 * @property {number} chance
 * @property {[number, number]} interval
 * @property {boolean} shows
 * @property {string} says
 */

/**
 * @param {Result} result
 * @returns {HTMLElement[]}
 */
export function drawResult({ votes, says, settings, between, bad, left }) {
  const [first, ...rest] = says;
  const counts = [
    msgN("1 vote", "{n} votes", votes),
    votes ? msgN("1 of them: both bad", "{n} of them: both bad", bad) : "",
    left.of ? msg("the left side won {won} of {of}", { won: left.won, of: left.of }) : "",
  ];
  return [
    h("p", { class: "says-first", text: first }),
    ...rest.map((text) => h("p", { class: left.doubtful ? "why" : "note", text })),
    h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": msg("Settings") },
      h(
        "table",
        {},
        headOf([
          msg("Compared setting"),
          msg("Preferred"),
          msg("95 %"),
          msg("Seconds an image"),
          msg("Price an image"),
        ]),
        h("tbody", {}, ...settings.map(settingRow)),
      ),
    ),
    ...(between.length
      ? [
          h(
            "div",
            { class: "scroll", tabindex: 0, role: "region", "aria-label": msg("Each two settings") },
            h(
              "table",
              {},
              headOf([msg("Each two"), msg("Won"), msg("Equal"), msg("Both bad"), msg("What is shown")]),
              h("tbody", {}, ...between.map((two) => twoRow(two, settings))),
            ),
          ),
        ]
      : []),
    h("p", { class: "note", text: `${counts.filter(Boolean).join(" \u00b7 ")}` }),
    h("p", {
      class: "note",
      text: msg("Equal and both bad count half for each. A difference is stated where the interval leaves out 50 %."),
    }),
  ];
}

/** @param {string[]} names */
const headOf = (names) => h("thead", {}, h("tr", {}, ...names.map((text) => h("th", { scope: "col", text }))));

/** @param {Result["settings"][number]} setting */
function settingRow({ label, share, interval, seconds: took, price_usd }) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("bdi", { text: label })),
    h("td", {}, share === null ? unknown() : rate(share, interval)),
    h("td", {
      text: interval ? msg("{low} to {high}", { low: percent(interval[0]), high: percent(interval[1]) }) : "\u2013",
    }),
    h("td", { text: took === null ? "\u2013" : seconds(took) }),
    h("td", { text: price_usd === null ? "\u2013" : dollars(price_usd) }),
  );
}

/**
 * @param {Two} two
 * @param {Result["settings"]} settings
 */
function twoRow({ settings: [one, other], won, equal, bad, says }, settings) {
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h("bdi", { text: settings[one].label }),
      " \u2013 ",
      h("bdi", { text: settings[other].label }),
    ),
    h("td", { text: won.map((count) => number(count)).join(" : ") }),
    h("td", { text: number(equal) }),
    h("td", { text: number(bad) }),
    h("td", { class: "says", text: says }),
  );
}

const unknown = () => h("span", { text: msg("no votes") });

/**
 * A share as a dot on a line, with its interval, around the middle.
 *
 * @param {number} share
 * @param {[number, number] | null} interval
 */
function rate(share, interval) {
  const [low, high] = interval ?? [share, share];
  const line = h(
    "span",
    { class: "rate", "aria-hidden": "true" },
    h("i", { class: "reach" }),
    h("i", { class: "dot" }),
  );
  for (const [name, value] of Object.entries({ share, low, high }))
    line.style.setProperty(`--${name}`, String(Math.min(1, Math.max(0, value))));
  return h("span", { class: "rated" }, h("span", { text: percent(share) }), line);
}

/** @param {number} value */
const percent = (value) => number(Math.min(1, Math.max(0, value)), { style: "percent", maximumFractionDigits: 0 });
