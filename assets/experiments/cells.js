// The cells of an experiment as a real table, with heads that stay in sight; arrows walk it.
import { h } from "../shared/dom.js";
import { msg, number } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { at } from "../shared/place.js";
import { seconds } from "../shared/words.js";

const STATES = /** @type {Record<string, () => string>} */ ({
  waiting: () => msg("Waiting"),
  queued: () => msg("Waiting for its turn"),
  sent: () => msg("Under way"),
  failed: () => msg("Failed"),
  unknown: () => msg("May have been charged"),
  saved: () => msg("Deleted since"),
});

/** @param {{ open: (cell: CellOf) => void, retry: () => void }} page */
export function makeTable({ open, retry }) {
  const tabs = h("div", { class: "tabs", role: "group", "aria-label": msg("Tabs") });
  const root = h("div", { class: "cells", role: "region", tabindex: 0, "aria-label": msg("Cells") });
  /** @type {Map<string, HTMLElement>} */
  let places = new Map();
  /** @type {Record<"x" | "y" | "z", AxisOf>} */
  let axes;
  let repeats = 1;
  let tab = 0;
  /** @type {Map<string, CellOf>} */
  const known = new Map();
  root.addEventListener("keydown", walk);

  /** Draw the empty table of the tab that is chosen. */
  function draw() {
    const [across, down] = [axes.x.labels.length || 1, axes.y.labels.length || 1];
    places = new Map();
    const head = axes.x.kind
      ? h(
          "thead",
          {},
          h(
            "tr",
            {},
            axes.y.kind ? h("td") : null,
            ...axes.x.labels.map((label) => h("th", { scope: "col" }, shown(label))),
          ),
        )
      : null;
    const rows = Array.from({ length: down }, (_, y) =>
      h(
        "tr",
        {},
        axes.y.kind ? h("th", { scope: "row" }, shown(axes.y.labels[y])) : null,
        ...Array.from({ length: across }, (__, x) => {
          const parts = Array.from({ length: repeats }, (___, repeat) => {
            const place = h("div", { class: "place", dataset: { state: "waiting" } });
            places.set([x, y, tab, repeat].join(), place);
            return place;
          });
          return h("td", {}, ...parts);
        }),
      ),
    );
    root.replaceChildren(h("table", {}, head, h("tbody", {}, ...rows)));
    for (const cell of new Set(known.values())) put(cell);
  }

  /** @param {CellOf} cell */
  function put(cell) {
    for (const place of cell.places) {
      const here = places.get(place.join());
      if (here) fill(here, cell);
    }
  }

  /**
   * @param {HTMLElement} place
   * @param {CellOf} cell
   */
  function fill(place, cell) {
    const sign = JSON.stringify([cell.state, cell.image_id, cell.difference, cell.error]);
    if (place.dataset.sign === sign) return;
    const focused = place.contains(document.activeElement);
    place.dataset.sign = sign;
    place.dataset.state = cell.state;
    const name = nameOf(cell);
    if (cell.image_id) {
      const facts = [
        cell.cached ? msg("already made") : cell.seconds === null ? "" : seconds(cell.seconds),
        differenceText(cell.difference),
      ];
      place.replaceChildren(
        h(
          "button",
          { type: "button", class: "shot", title: name, "aria-label": name, onclick: () => open(cell) },
          h("img", { src: at(`/thumbs/${cell.image_id}`), alt: "", loading: "lazy", decoding: "async" }),
          h("small", { text: facts.filter(Boolean).join(" \u00b7 ") }),
        ),
      );
    } else {
      const failed = cell.state === "failed";
      place.replaceChildren(
        h("span", { class: "told", title: cell.error, text: (STATES[cell.state] ?? STATES.waiting)() }),
        ...(failed && cell.error ? [h("small", { text: cell.error })] : []),
        ...(failed ? [h("button", { type: "button", class: "again", text: msg("Try again"), onclick: retry })] : []),
      );
    }
    if (focused) place.querySelector("button")?.focus();
  }

  /**
   * What is said of a cell: where it stands on each axis.
   *
   * @param {CellOf} cell
   */
  function nameOf({ place: [x, y, z, repeat] }) {
    const at = { x, y, z };
    const parts = /** @type {("x" | "y" | "z")[]} */ (["x", "y", "z"])
      .filter((name) => axes[name].kind)
      .map((name) => axes[name].labels[at[name]] || "\u201c\u201d");
    if (repeats > 1) parts.push(msg("image {number}", { number: repeat + 1 }));
    return parts.join(", ") || msg("Image");
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const here = /** @type {HTMLElement} */ (event.target).closest("td");
    if (!step || !here || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = /** @type {HTMLTableRowElement} */ (here.parentElement);
    const rows = [...root.querySelectorAll("tbody tr")];
    const [x, y] = [[...row.children].indexOf(here) + stepFor(step[0]), rows.indexOf(row) + step[1]];
    const next = rows[y]?.children[x]?.querySelector("button");
    if (!next) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (next).focus();
  }

  return {
    root,
    tabs,
    /**
     * @param {Record<"x" | "y" | "z", AxisOf>} found
     * @param {number} times
     */
    build(found, times) {
      [axes, repeats] = [found, times];
      tabs.hidden = !found.z.kind;
      tabs.replaceChildren(
        ...found.z.labels.map((label, index) =>
          h("button", {
            type: "button",
            "aria-pressed": String(index === tab),
            text: label || "\u201c\u201d",
            onclick: () => {
              tab = index;
              for (const [number, button] of [...tabs.children].entries())
                button.setAttribute("aria-pressed", String(number === index));
              draw();
            },
          }),
        ),
      );
      draw();
    },
    /** @param {CellOf[]} cells those that are new or changed */
    show(cells) {
      for (const cell of cells) {
        known.set(cell.place.join(), cell);
        put(cell);
      }
    },
    /** @param {CellOf | undefined} cell */
    focus(cell) {
      if (cell) places.get(cell.place.join())?.querySelector("button")?.focus();
    },
  };
}

/** @param {number | null} difference */
function differenceText(difference) {
  if (difference === null) return "";
  if (difference === 0) return msg("no difference");
  return msg("differs by {number}", { number: number(difference, { maximumFractionDigits: 1 }) });
}

/** @param {string} label */
const shown = (label) => h("bdi", { text: label || "\u201c\u201d" });
