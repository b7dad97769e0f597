// The statistics: images, money and seconds by day and model, as totals, bars and a table.

import { announce } from "../shared/announce.js";
import { noAnswer } from "../shared/ask.js";
import { offerCommands } from "../shared/commands.js";
import { h } from "../shared/dom.js";
import { PAGES } from "../shared/facts.js";
import { joinedParts, msg, msgParts, number, region } from "../shared/language.js";
import { at } from "../shared/place.js";
import { dollars } from "../shared/words.js";
import { makeBars, sum } from "./bars.js";
import { inWeeks, METRICS, ofComputing, RANGES, saidTotal, YEAR } from "./metrics.js";
import { makeZone } from "./zone.js";

const COLOURS = 6;
const DAY_MS = 86_400_000;
const ONE_DECIMAL = { minimumFractionDigits: 1, maximumFractionDigits: 1, useGrouping: false };

/** @param {Drawn} component */
export function mount({ element }) {
  const asked = new URLSearchParams(location.search);
  let days = RANGES.find(([count]) => String(count) === asked.get("days"))?.[0] ?? 30;
  const wanted = asked.get("show");
  let metric = wanted !== null && Object.hasOwn(METRICS, wanted) ? wanted : "images";
  /** @type {Statistics | null} */
  let answer = null;
  let questions = 0;

  const trouble = h("div", { class: "alert", role: "alert", hidden: true });
  /** @type {{ [metric: string]: HTMLElement }} */
  const totals = {};
  /** @type {{ [metric: string]: HTMLElement }} */
  const small = {};
  const ranges = choices(
    "days",
    msg("Time"),
    RANGES.map(([count, text]) => [String(count), h("span", { text })]),
    String(days),
    (value) => {
      days = Number(value);
      load();
    },
  );
  const tiles = choices(
    "show",
    msg("What the bars show"),
    Object.entries(METRICS).map(([name, { label, what }]) => {
      totals[name] = h("strong", { text: "\u2013" });
      small[name] = h("small", { text: what });
      return [name, h("span", {}, h("span", { text: label }), totals[name], small[name])];
    }),
    metric,
    (value) => {
      metric = value;
      draw();
    },
  );
  tiles.classList.add("tiles");
  const title = h("h3");
  const legend = h("ul", { class: "legend", "aria-label": msg("Models") });
  const plot = h("div", { class: "bars" });
  const body = h("tbody");
  const columns = [msg("Day"), msg("Model"), msg("Images"), msg("Money"), msg("Seconds")];
  const table = h(
    "div",
    { class: "rows", role: "region", tabindex: 0, "aria-label": msg("By day and model") },
    h(
      "table",
      {},
      h("caption", { class: "off-screen", text: msg("Images, money and seconds by day and model") }),
      h("thead", {}, h("tr", {}, ...columns.map((text) => h("th", { scope: "col", text })))),
      body,
    ),
  );
  const zone = makeZone(load);
  const filled = h(
    "div",
    { class: "filled", hidden: true },
    h("section", { class: "sheet" }, h("div", { class: "sheet-head" }, title, legend), plot),
    h(
      "section",
      { class: "sheet" },
      h("h3", { text: msg("By day and model") }),
      table,
      h(
        "p",
        { class: "hint" },
        ...joinedParts(
          zone.root,
          msg("Money is counted at the listed prices; images from the cache cost nothing and are not counted."),
        ),
      ),
    ),
  );
  const emptyTitle = h("h3");
  const emptyText = h("p");
  const empty = h("div", { class: "empty", hidden: true }, emptyTitle, emptyText);
  offerCommands({
    where: "statistics",
    actions: () =>
      RANGES.map(([count, name]) => ({
        name,
        also: msg("days"),
        run: () => ranges.querySelector(`[value="${count}"]`)?.click(),
      })),
  });
  element.replaceChildren(
    h("div", { class: "page-head" }, h("h2", { text: msg("Statistics") }), ranges),
    trouble,
    tiles,
    filled,
    empty,
  );
  const drawBars = makeBars(plot);
  document.addEventListener("playground:back", load);
  load();

  async function load() {
    const question = ++questions;
    const found = await zone.statistics(days);
    if (question !== questions) return; // another range was chosen meanwhile
    trouble.hidden = found !== null;
    if (found === null) {
      trouble.replaceChildren(
        ...joinedParts(h("strong", { text: msg("The statistics could not be read.") }), noAnswer()),
        " ",
        h("button", { type: "button", text: msg("Try again"), onclick: load }),
      );
      return;
    }
    answer = found;
    draw();
    announce(saidTotal(found.total.images, days), { about: "statistics", rests: 400 });
  }

  function draw() {
    zone.draw();
    history.replaceState(history.state, "", `${location.pathname}?days=${days}&show=${metric}${zone.kept}`);
    if (answer === null) return;
    const { rows, total, until } = answer;
    for (const [name, { key, format }] of Object.entries(METRICS)) totals[name].textContent = format(total[key] ?? 0);
    small.seconds.textContent = ofComputing(total.seconds ?? 0);
    const nothing = rows.length === 0;
    [filled.hidden, empty.hidden] = [nothing, !nothing];
    if (nothing) return sayEmpty();
    const { key, format, whole, byDay, byWeek } = METRICS[metric];
    const series = seriesOf(rows);
    const slots = slotsOf(rows, series, days, until, key);
    title.textContent = inWeeks(days) ? byWeek : byDay;
    legend.replaceChildren(
      ...series.map((one, at) =>
        h(
          "li",
          { class: `key series-${one.colour}` },
          h("bdi", { text: one.label }),
          h("b", { text: format(sum(slots.map((slot) => slot.parts[at]))) }),
        ),
      ),
    );
    const most = slots.reduce((best, slot) => (sum(slot.parts) > sum(best.parts) ? slot : best));
    const said = {
      what: title.textContent,
      total: format(total[key] ?? 0),
      day: most.day,
      most: format(sum(most.parts)),
    };
    const label = inWeeks(days)
      ? msg("{what}: {total} in all, most in the week to {day} with {most}. The table below has all numbers.", said)
      : msg("{what}: {total} in all, most in {day} with {most}. The table below has all numbers.", said);
    drawBars({ slots, series, whole, format, label });
    body.replaceChildren(
      ...[...rows]
        .sort((a, b) => b.day.localeCompare(a.day) || a.label.localeCompare(b.label))
        .map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row", text: dayText(row.day, true) }),
            h("td", {}, h("bdi", { text: row.label })),
            h("td", { text: number(row.images) }),
            h("td", { text: dollars(row.price_usd) }),
            h("td", { text: number(row.seconds, ONE_DECIMAL) }),
          ),
        ),
    );
  }

  function sayEmpty() {
    const longer = days < YEAR;
    emptyTitle.textContent = longer ? msg("No images in these days") : msg("No images in this year");
    const create = h("a", { href: at(PAGES.create), text: longer ? msg("create one") : msg("Create one") });
    emptyText.replaceChildren(
      ...(longer
        ? msgParts("Choose a longer time, or {create}.", { create })
        : msgParts("What you make is counted here. {create}.", { create })),
    );
  }
}

/**
 * Return a group of radio buttons; `options` are [value, content].
 *
 * @param {string} name
 * @param {string} legend
 * @param {[value: string, content: HTMLElement][]} options
 * @param {string} chosen
 * @param {(value: string) => void} changed
 */
function choices(name, legend, options, chosen, changed) {
  return h(
    "fieldset",
    { class: "choices" },
    h("legend", { class: "off-screen", text: legend }),
    ...options.map(([value, content]) =>
      h(
        "label",
        {},
        h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => changed(value) }),
        content,
      ),
    ),
  );
}

/**
 * Name what the bars tell apart, by its label: those with most images; the others are one.
 *
 * @param {StatisticsRow[]} rows
 */
function seriesOf(rows) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { label, images: made } of rows) counts.set(label, (counts.get(label) ?? 0) + made);
  const found = [...counts].sort((a, b) => b[1] - a[1]).map(([label]) => label);
  const single = found.length > COLOURS ? COLOURS - 1 : found.length;
  const named = found.slice(0, single).sort((a, b) => a.localeCompare(b)); // colours stay
  const series = named.map((label, colour) => ({ labels: [label], label, colour }));
  if (found.length > single)
    series.push({ labels: found.slice(single), label: msg("Other models"), colour: COLOURS - 1 });
  return series;
}

/**
 * Sum `key` by day up to the day `until`, or by week where days would be too many to tell apart.
 *
 * @param {StatisticsRow[]} rows
 * @param {import("./bars.js").Series[]} series
 * @param {number} days
 * @param {string} until
 * @param {import("./metrics.js").Key} key
 */
function slotsOf(rows, series, days, until, key) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const row of rows) found.set(`${row.day} ${row.label}`, (found.get(`${row.day} ${row.label}`) ?? 0) + row[key]);
  const end = Date.parse(until) / DAY_MS;
  const span = inWeeks(days) ? 7 : 1;
  const count = Math.ceil(days / span);
  return Array.from({ length: count }, (_, index) => {
    const last = end - (count - 1 - index) * span;
    const dates = Array.from({ length: span }, (__, back) =>
      new Date((last - back) * DAY_MS).toISOString().slice(0, 10),
    );
    const parts = series.map(({ labels }) =>
      sum(dates.flatMap((day) => labels.map((label) => found.get(`${day} ${label}`) ?? 0))),
    );
    const day = dayText(dates[0], true);
    return { label: dayText(dates[0]), day, title: span === 1 ? day : msg("the week to {day}", { day }), parts };
  });
}

/** @param {string} iso */
function dayText(iso, full = false) {
  return new Date(`${iso}T00:00:00Z`).toLocaleDateString(region, {
    timeZone: "UTC",
    day: "numeric",
    month: "short",
    ...(full ? { year: "numeric" } : {}),
  });
}
