// The cells of an experiment as a real table, with heads that stay in sight. It is one stop of the
// Tab key: arrows walk its cells.
import { h } from "../shared/dom.js";
import { alongside, msg, number } from "../shared/language.js";
import { stepFor } from "../shared/onward.js";
import { at } from "../shared/place.js";
import { dollars, seconds } from "../shared/words.js";
import { cellName, shown } from "./axis_names.js";
import { makeTabs } from "./tabs.js";

const STATES = /** @type {Record<string, () => string>} */ ({
  waiting: () => msg("Waiting"),
  queued: () => msg("Waiting for its turn"),
  sent: () => msg("Under way"),
  failed: () => msg("Failed"),
  unknown: () => msg("May have been charged"),
  saved: () => msg("Deleted since"),
});

const CELL = ".shot, .again";

/**
 * `press(cell)` is a click on a cell's image, `more(cell, button)` one on what tells of it.
 *
 * @param {{
 *   press: (cell: CellOf) => void,
 *   more: (cell: CellOf, button: HTMLElement) => void,
 *   retry: () => void,
 * }} page
 */
export function makeTable({ press, more, retry }) {
  const root = h("div", { class: "cells", id: "experiment-cells", role: "region", tabindex: 0 });
  const tabs = makeTabs(root, draw);
  /** @type {Map<string, HTMLElement>} */
  let places = new Map();
  /** @type {Record<"x" | "y" | "z", AxisOf>} */
  let axes;
  let repeats = 1;
  /** @type {(kind: string) => string} */
  let nameOf = (kind) => kind;
  /** @type {Map<string, CellOf>} */
  const known = new Map();
  /** @type {WeakMap<Element, CellOf>} */
  const cellAt = new WeakMap();
  /** @type {HTMLElement | null} */
  let stop = null; // where the Tab key comes to
  root.addEventListener("keydown", walk);
  root.addEventListener("focusin", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target).closest(CELL);
    if (cell) stopAt(cell);
  });

  /** Draw the empty table of the tab that is chosen. */
  function draw() {
    const [across, down] = [axes.x.labels.length || 1, axes.y.labels.length || 1];
    places = new Map();
    stop = null;
    const rows = Array.from({ length: down }, (_, y) =>
      h(
        "tr",
        {},
        axes.y.kind ? head(axes.y, y, "row") : null,
        ...Array.from({ length: across }, (__, x) => {
          const parts = Array.from({ length: repeats }, (___, repeat) => {
            const place = h("div", { class: "place", dataset: { state: "waiting" } });
            places.set([x, y, tabs.at, repeat].join(), place);
            return place;
          });
          return h("td", {}, ...parts);
        }),
      ),
    );
    root.replaceChildren(h("table", {}, heads(across), h("tbody", {}, ...rows)));
    for (const cell of new Set(known.values())) put(cell);
  }

  /**
   * The names of the axes, and the values across. A screen reader hears the names with each value.
   *
   * @param {number} across
   */
  function heads(across) {
    const [x, y] = [axes.x, axes.y];
    if (!x.kind && !y.kind) return null;
    const corner = y.kind
      ? h("td", { rowspan: x.kind ? 2 : null, class: "corner", "aria-hidden": "true" }, named(y, "down"))
      : null;
    const name = x.kind
      ? h("td", { colspan: across, class: "across", "aria-hidden": "true" }, named(x, "onward"))
      : h("td");
    const values = x.kind ? h("tr", {}, ...x.labels.map((_, index) => head(x, index, "col"))) : null;
    return h("thead", {}, h("tr", {}, corner, name), values);
  }

  /**
   * @param {AxisOf} axis
   * @param {"down" | "onward"} way
   */
  const named = (axis, way) =>
    h("span", { class: `axis-name ${way}` }, h("bdi", { text: nameOf(axis.kind) }), h("span", { class: "way" }));

  /**
   * @param {AxisOf} axis
   * @param {number} index
   * @param {"row" | "col"} scope
   */
  const head = (axis, index, scope) =>
    h(
      "th",
      { scope, "aria-label": msg("{axis}: {value}", { axis: nameOf(axis.kind), value: shown(axis.labels[index]) }) },
      h("bdi", { text: shown(axis.labels[index]) }),
    );

  /** @param {CellOf} cell */
  function put(cell) {
    for (const place of cell.places) {
      const here = places.get(place.join());
      if (here) fill(here, cell, place);
    }
  }

  /**
   * @param {HTMLElement} place
   * @param {CellOf} cell
   * @param {number[]} stands
   */
  function fill(place, cell, stands) {
    const sign = JSON.stringify([cell.state, cell.image_id, cell.difference, cell.error]);
    cellAt.set(place, cell);
    if (place.dataset.sign === sign) return;
    const focused = place.contains(document.activeElement);
    place.dataset.sign = sign;
    place.dataset.state = cell.state;
    const name = cellName(axes, stands, nameOf, repeats);
    const facts = factsOf(cell);
    const [told, line] = [alongside(name, ...facts), facts.join(" \u00b7 ")];
    if (cell.image_id && place.dataset.image === cell.image_id) {
      // Measured since: whoever points at it, or has gone there, stays with it.
      place.querySelector(".shot")?.setAttribute("aria-label", told);
      const small = place.querySelector("small");
      if (small) small.textContent = line;
      return;
    }
    place.dataset.image = cell.image_id ?? "";
    if (cell.image_id) {
      place.replaceChildren(
        h(
          "button",
          {
            type: "button",
            class: "shot",
            "aria-label": told,
            onclick: () => press(cellAt.get(place) ?? cell),
          },
          h("img", { src: at(`/thumbs/${cell.image_id}`), alt: "", loading: "lazy", decoding: "async" }),
        ),
        h(
          "div",
          { class: "cell-facts" },
          h("small", { "aria-hidden": "true", text: line }),
          h("button", {
            type: "button",
            class: "cell-about",
            tabindex: -1,
            text: "i",
            "aria-label": msg("About {cell}", { cell: name }),
            onclick: (event) => more(cellAt.get(place) ?? cell, event.currentTarget),
          }),
        ),
      );
    } else {
      const failed = cell.state === "failed";
      place.replaceChildren(
        h("span", { class: "told", text: (STATES[cell.state] ?? STATES.waiting)() }),
        ...(cell.error ? [h("small", { text: cell.error })] : []),
        ...(failed
          ? [
              h("button", {
                type: "button",
                class: "again",
                text: msg("Try again"),
                "aria-label": msg("Try again: {cell}", { cell: name }),
                onclick: retry,
              }),
            ]
          : []),
      );
    }
    const button = place.querySelector(CELL);
    if (button && (focused || !stop?.isConnected)) stopAt(button);
    else if (button) button.tabIndex = -1;
    if (focused) button?.focus();
  }

  /** @param {HTMLElement} button */
  function stopAt(button) {
    if (stop && stop !== button) stop.tabIndex = -1;
    stop = button;
    button.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  function walk(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const from = /** @type {HTMLElement} */ (event.target).closest(".place");
    if (!from) return;
    const next = towards(from, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.closest("td")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /**
   * The next cell that way; what has nothing to press is stepped over.
   *
   * @param {HTMLElement} from
   * @param {string} key
   */
  function towards(from, key) {
    const step = { ArrowLeft: [stepFor(-1), 0], ArrowRight: [stepFor(1), 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const grid = [...root.querySelectorAll("tbody tr")].flatMap((row) => {
      const columns = [...row.querySelectorAll("td")].map((cell) => [...cell.querySelectorAll(".place")]);
      return Array.from({ length: repeats }, (_, repeat) => columns.map((column) => column[repeat]));
    });
    const y = grid.findIndex((row) => row.includes(from));
    const x = grid[y].indexOf(from);
    /** @param {HTMLElement[]} way */
    const first = (way) => way.map((place) => place.querySelector(CELL)).find(Boolean) ?? null;
    if (key === "Home") return first(grid[y]);
    if (key === "End") return first([...grid[y]].reverse());
    if (!step) return null;
    const line = step[0] ? grid[y] : grid.map((row) => row[x]);
    const [here, onward] = step[0] ? [x, step[0]] : [y, step[1]];
    return first(onward > 0 ? line.slice(here + 1) : line.slice(0, here).reverse());
  }

  return {
    root,
    tabs: tabs.root,
    /**
     * @param {Record<"x" | "y" | "z", AxisOf>} found
     * @param {number} times
     * @param {(kind: string) => string} names
     */
    build(found, times, names) {
      [axes, repeats, nameOf] = [found, times, names];
      known.clear();
      tabs.build(found.z, names);
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
      if (cell) buttonOf(cell)?.focus();
    },
    /** @param {CellOf} cell */
    name: (cell) => cellName(axes, cell.place, nameOf, repeats),
    /**
     * The cell of an element in it.
     *
     * @param {Element | null} element
     */
    cellOf(element) {
      const place = element?.closest(".place");
      return place && root.contains(place) ? cellAt.get(place) : undefined;
    },
    /**
     * Show which cells were picked.
     *
     * @param {CellOf[]} picked
     */
    mark(picked) {
      for (const place of places.values()) {
        const cell = cellAt.get(place);
        place.classList.toggle("picked", cell !== undefined && picked.includes(cell));
      }
    },
  };

  /** @param {CellOf} cell */
  function buttonOf(cell) {
    const place = cell.places.map((one) => places.get(one.join())).find(Boolean);
    return place?.querySelector(CELL);
  }
}

/**
 * What is known of a cell's image, in short.
 *
 * @param {CellOf} cell
 */
export function factsOf(cell) {
  const made = cell.cached
    ? [msg("already made")]
    : [cell.seconds === null ? "" : seconds(cell.seconds), cell.price_usd ? dollars(cell.price_usd) : ""];
  return [...made, differenceText(cell.difference)].filter(Boolean);
}

/** @param {number | null} difference */
function differenceText(difference) {
  if (difference === null) return "";
  if (difference === 0) return msg("no difference");
  return msg("differs by {number}", { number: number(difference, { maximumFractionDigits: 1 }) });
}
