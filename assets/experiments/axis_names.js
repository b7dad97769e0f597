// What an axis is called, and what its values are instead of.
import { getJson } from "../shared/ask.js";
import { inRow, msg } from "../shared/language.js";
import { kindsOf } from "./kinds.js";

/** @typedef {"x" | "y" | "z"} AxisName */
/** @typedef {{ axis: string, kind: string, label: string, value: unknown, searched: string }} At */

export const AXES = /** @type {AxisName[]} */ (["x", "y", "z"]);

/**
 * The names of the kinds of axes, as the form has them.
 *
 * @returns {Promise<(kind: string) => string>}
 */
export async function fetchNames() {
  /** @type {ModelInfo[] | null} */
  const models = await getJson("/api/models");
  const known = [...(models ?? []).flatMap((model) => model.parameters), ...kindsOf(models ?? [])];
  const names = new Map([
    ["settings", msg("Compared setting")],
    ...known.map(({ name, label }) => /** @type {const} */ ([name, label])),
  ]);
  return (kind) => names.get(kind) ?? kind;
}

/**
 * Orders cells as one reads their tables: tab by tab, line by line; by the first place of each.
 *
 * @param {CellOf} one
 * @param {CellOf} other
 */
export const asRead = (one, other) => byPlace(firstOf(one), firstOf(other));

/** @param {CellOf} cell */
const firstOf = ({ places }) => [...places].sort(byPlace)[0];

/**
 * @param {number[]} one
 * @param {number[]} other
 */
function byPlace([x, y, z, n], [x2, y2, z2, n2]) {
  return z - z2 || y - y2 || x - x2 || n - n2;
}

/**
 * A value as it is shown: what is nothing, too.
 *
 * @param {string} label
 */
export const shown = (label) => label || "\u201c\u201d";

/**
 * Whether its values are numbers that can have others between them.
 *
 * @param {AxisOf} axis
 */
export const ofNumbers = ({ kind, values }) =>
  kind !== "seed" && values.length > 1 && values.every((value) => typeof value === "number");

/**
 * Where a cell stands: each axis by name, and its value there; what it `searched` and replaced.
 *
 * @param {Record<AxisName, AxisOf>} axes
 * @param {number[]} place
 * @param {(kind: string) => string} nameOf
 * @returns {At[]}
 */
export const standsAt = (axes, place, nameOf) =>
  AXES.flatMap((name, index) => {
    const axis = axes[name];
    if (!axis.kind) return [];
    const [label, value] = [axis.labels[place[index]], axis.values[place[index]]];
    const searched = axis.kind === "replace" ? searchedBy(axis.values, value) : "";
    return [{ axis: nameOf(axis.kind), kind: axis.kind, label: shown(label), value, searched }];
  });

/**
 * What a value of search and replace searches: the first one, or what stands before its sign.
 *
 * @param {unknown[]} values
 * @param {unknown} value
 */
const searchedBy = (values, value) =>
  values.every((one) => String(one).includes("=")) ? String(value).split("=")[0].trim() : String(values[0]);

/**
 * What is said of a cell: where it stands on each axis.
 *
 * @param {Record<AxisName, AxisOf>} axes
 * @param {number[]} place
 * @param {(kind: string) => string} nameOf
 * @param {number} repeats
 */
export function cellName(axes, place, nameOf, repeats) {
  const parts = standsAt(axes, place, nameOf).map(({ axis, label }) => msg("{axis}: {value}", { axis, value: label }));
  if (repeats > 1) parts.push(msg("image {number}", { number: place[3] + 1 }));
  return inRow(parts) || msg("Image");
}

/**
 * What the form's own value is where a cell has another one; "" where it is the same or there is none.
 *
 * @param {Record<string, unknown>} base
 * @param {At} at
 */
export function insteadOf(base, { kind, value, label, searched }) {
  if (searched) return searched === label ? "" : searched;
  const own = kind === "size" ? sizeOf(base) : kind === "rows" || kind === "prompts" ? undefined : base[kind];
  if (own === undefined || own === null || own === "" || own === value || String(own) === label) return "";
  return String(own);
}

/** @param {Record<string, unknown>} base */
const sizeOf = ({ width, height }) => (width && height ? `${width}x${height}` : undefined);
