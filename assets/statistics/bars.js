// Stacked bars as an SVG that fills its holder's width. What it shows is also in a table: the
// drawing itself is one picture to a screen reader, and its tooltip is for pointers only.
import { h } from "../shared/dom.js";
import { msg } from "../shared/language.js";

const HEIGHT = 280;
const EDGE = { right: 4, top: 12, bottom: 26 };
const LEFT_LEAST = 56; // wider where the numbers at the left are
const GAP = 8;
const LABEL_LEAST = 68; // from one name of a day to the next

/** @typedef {{ label: string, day: string, title: string, parts: number[] }} Slot its label is for the axis, `day` its last */
/** @typedef {{ label: string, labels: string[], colour: number }} Series */

/**
 * @typedef {object} Chart
 * @property {Slot[]} slots
 * @property {Series[]} series
 * @property {boolean} whole
 * @property {(value: number) => string} format
 * @property {string} label
 */

/**
 * Draw `slots` ({label, title, parts: [one number per series]}) into `holder`; once more whenever
 * its width changes. `format(number)` words a value, `whole` says that there are no fractions.
 *
 * @param {HTMLElement} holder
 * @returns {(chart: Chart) => void}
 */
export function makeBars(holder) {
  const tip = h("div", { class: "bars-tip", hidden: true, "aria-hidden": "true" });
  /** @type {Chart | null} */
  let chart = null;
  let shown = -1;
  let left = LEFT_LEAST;
  new ResizeObserver(draw).observe(holder);

  function draw() {
    if (!chart || holder.clientWidth === 0) return;
    const { slots, series, whole, format, label } = chart;
    const width = holder.clientWidth;
    const top = Math.max(...slots.map((slot) => sum(slot.parts)), 0);
    const ticks = niceTicks(top, whole);
    const high = ticks[ticks.length - 1];
    /** @param {number} value */
    const y = (value) => EDGE.top + (HEIGHT - EDGE.top - EDGE.bottom) * (1 - value / high);
    const svg = s("svg", {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      width,
      height: HEIGHT,
      role: "img",
      "aria-label": label,
    });
    holder.replaceChildren(svg, tip);
    left = Math.ceil(Math.max(LEFT_LEAST, ...ticks.map((tick) => GAP + widthOf(svg, format(tick)))));
    for (const tick of ticks) {
      svg.append(s("line", { class: "rule", x1: left, x2: width - EDGE.right, y1: y(tick), y2: y(tick) }));
      svg.append(s("text", { class: "tick", x: left - GAP, y: y(tick) + 4, "text-anchor": "end" }, format(tick)));
    }
    const pitch = (width - left - EDGE.right) / slots.length;
    const bar = Math.min(56, pitch > 6 ? pitch * 0.78 : Math.max(1, pitch - 1));
    const longest = slots.reduce((most, slot) => (slot.label.length > most.length ? slot.label : most), "");
    const apart = Math.max(LABEL_LEAST, 1.5 * widthOf(svg, longest) + GAP); // the last one ends where its bar does
    const every = Math.max(1, Math.ceil(apart / pitch));
    slots.forEach((slot, index) => {
      const middle = left + pitch * (index + 0.5);
      let base = 0;
      svg.append(
        s("rect", {
          class: "band",
          x: middle - pitch / 2,
          y: EDGE.top,
          width: pitch,
          height: HEIGHT - EDGE.top - EDGE.bottom,
        }),
      );
      slot.parts.forEach((part, at) => {
        if (part <= 0) return;
        const [from, to] = [y(base), y(base + part)];
        const height = Math.max(1, from - to - (base > 0 ? 1 : 0));
        svg.append(
          s("rect", {
            class: `part series-${series[at].colour}`,
            x: middle - bar / 2,
            y: to,
            width: bar,
            height,
            rx: Math.min(2, bar / 4),
          }),
        );
        base += part;
      });
      const fromEnd = slots.length - 1 - index; // the last day is always named
      if (fromEnd % every === 0) {
        const x = Math.min(width - EDGE.right, Math.max(left, middle));
        const anchor = middle + apart / 2 > width ? "end" : "middle";
        svg.append(
          s(
            "text",
            {
              class: "tick",
              x: anchor === "end" ? Math.min(width - EDGE.right, middle + bar / 2) : x,
              y: HEIGHT - 6,
              "text-anchor": anchor,
            },
            slot.label,
          ),
        );
      }
    });
    svg.addEventListener("pointermove", (event) => point(event, pitch));
    svg.addEventListener("pointerdown", (event) => point(event, pitch));
    svg.addEventListener("pointerleave", hide);
    hide();
  }

  /**
   * @param {PointerEvent} event
   * @param {number} pitch
   */
  function point(event, pitch) {
    const box = holder.getBoundingClientRect();
    const index = Math.floor((event.clientX - box.left - left) / pitch);
    const slot = chart?.slots[index];
    if (!chart || !slot) return hide();
    if (index !== shown) {
      hide();
      shown = index;
      holder.querySelectorAll(".band")[index].classList.add("here");
      const { series, format } = chart;
      const parts = series.map((one, at) => ({ ...one, value: slot.parts[at] })).filter(({ value }) => value > 0);
      const all = h(
        "span",
        { class: "key" },
        h("span", { text: parts.length ? msg("Together") : msg("Nothing") }),
        parts.length ? h("b", { text: format(sum(slot.parts)) }) : null,
      );
      tip.replaceChildren(
        h("strong", { text: slot.title }),
        ...parts.map(({ label, colour, value }) =>
          h("span", { class: `key series-${colour}` }, h("span", { text: label }), h("b", { text: format(value) })),
        ),
        ...(parts.length === 1 ? [] : [all]),
      );
      tip.hidden = false;
    }
    const middle = left + pitch * (index + 0.5);
    const from = middle + 14 + tip.offsetWidth > box.width ? middle - 14 - tip.offsetWidth : middle + 14;
    tip.style.left = `${Math.max(0, from)}px`;
  }

  function hide() {
    shown = -1;
    tip.hidden = true;
    holder.querySelector(".band.here")?.classList.remove("here");
  }

  return (next) => {
    chart = next;
    draw();
  };
}

/**
 * Return from zero upwards at most six round numbers, the last of them not below `top`.
 *
 * @param {number} top
 * @param {boolean} whole
 */
function niceTicks(top, whole) {
  const rough = (top || 1) / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((candidate) => candidate * unit >= rough * 0.999) ?? 10;
  let step = factor * unit;
  if (whole) step = Math.max(1, Math.round(step));
  const count = Math.max(1, Math.ceil((top || step) / step - 1e-9));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}

/**
 * How wide a name at an axis is.
 *
 * @param {SVGSVGElement} svg
 * @param {string} name
 */
function widthOf(svg, name) {
  const text = s("text", { class: "tick" }, name);
  svg.append(text);
  const width = text.getComputedTextLength();
  text.remove();
  return width;
}

/** @param {number[]} numbers */
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [name: string]: string | number }} attributes
 * @param {string | null} text
 */
function s(tag, attributes, text = null) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  if (text !== null) node.textContent = text;
  return node;
}
