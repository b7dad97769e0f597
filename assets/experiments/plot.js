// A line under each axis of numbers: how long its images took, how they differ from the reference.
import { h } from "../shared/dom.js";
import { inRow, msg, number } from "../shared/language.js";
import { AXES, ofNumbers } from "./axis_names.js";

const WIDTH = 560;
const HEIGHT = 120;
const EDGE = 28;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {HTMLElement} host
 * @param {Record<"x" | "y" | "z", AxisOf>} axes
 * @param {CellOf[]} cells
 * @param {(kind: string) => string} nameOf
 */
export function drawPlot(host, axes, cells, nameOf) {
  const plots = AXES.filter((name) => ofNumbers(axes[name]))
    .flatMap((name) => {
      const index = AXES.indexOf(name);
      const axis = nameOf(axes[name].kind);
      const lines = [
        {
          label: msg("Seconds by {axis}", { axis }),
          of: (/** @type {CellOf} */ cell) => (cell.cached ? null : cell.seconds),
          digits: 2,
          hint: "",
          among: () => true,
        },
        {
          label: msg("Difference from the reference by {axis}", { axis }),
          of: (/** @type {CellOf} */ cell) => cell.difference,
          digits: 1,
          hint: msg("Mean distance of the colours; 2.3 is just visible. It sees pixels, not meaning."),
          among: likeReference(cells, index),
        },
      ];
      return lines.map((line) =>
        plot(axes[name], meansOf(cells, index, axes[name].values.length, line.of, line.among), line),
      );
    })
    .filter((found) => found !== null);
  host.replaceChildren(...plots);
}

/**
 * Whether a place has what the reference, the first of the cells, has on all other axes: what those
 * change would cover what this one does.
 *
 * @param {CellOf[]} cells
 * @param {number} axis
 */
export function likeReference(cells, axis) {
  const others = AXES.map((_, index) => index).filter((index) => index !== axis);
  return (/** @type {number[]} */ place) =>
    cells[0].places.some((reference) => others.every((other) => place[other] === reference[other]));
}

/**
 * The mean at each value of an axis; null where there is nothing yet.
 *
 * @param {CellOf[]} cells
 * @param {number} axis
 * @param {number} count
 * @param {(cell: CellOf) => number | null} of
 * @param {(place: number[]) => boolean} among which places count
 */
export function meansOf(cells, axis, count, of, among = () => true) {
  const sums = Array.from({ length: count }, () => ({ sum: 0, n: 0 }));
  for (const cell of cells) {
    const value = of(cell);
    if (value === null) continue;
    for (const place of cell.places.filter(among)) {
      sums[place[axis]].sum += value;
      sums[place[axis]].n += 1;
    }
  }
  return sums.map(({ sum, n }) => (n ? sum / n : null));
}

/**
 * @param {AxisOf} axis
 * @param {(number | null)[]} means
 * @param {{ label: string, digits: number, hint: string }} line
 */
function plot(axis, means, { label, digits, hint }) {
  const there = means.filter((value) => value !== null);
  if (there.length < 2) return null;
  const top = Math.max(...there) || 1;
  const step = (WIDTH - 2 * EDGE) / (means.length - 1);
  const points = means.flatMap((value, index) =>
    value === null
      ? []
      : [{ x: EDGE + index * step, y: HEIGHT - EDGE - (value / top) * (HEIGHT - 2 * EDGE), value, index }],
  );
  const text = (/** @type {number} */ value) => number(value, { maximumFractionDigits: digits });
  const told = inRow(points.map(({ value, index }) => `${axis.labels[index]}: ${text(value)}`));
  const svg = draw("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": msg("{title}. {text}", { title: label, text: told }),
  });
  svg.append(draw("polyline", { points: points.map(({ x, y }) => `${x},${y}`).join(" "), class: "line" }));
  const every = Math.ceil(points.length / 10);
  for (const { x, y, value, index } of points) {
    svg.append(draw("circle", { cx: x, cy: y, r: 3.5, class: "dot" }));
    if (index % every) continue;
    svg.append(draw("text", { x, y: HEIGHT - 6, class: "tick" }, axis.labels[index]));
    svg.append(draw("text", { x, y: y - 8, class: "value" }, text(value)));
  }
  return h(
    "figure",
    { class: "sheet plot" },
    h("figcaption", { text: label }),
    svg,
    hint ? h("p", { class: "note", text: hint }) : null,
  );
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {string} text
 */
function draw(name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, String(value));
  if (text) node.textContent = text;
  return node;
}
