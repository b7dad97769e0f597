// What is said of a cell: where it stands, and what it has instead of the form's own values.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en", dataset: { root: "" } }, querySelector: () => null };
const { cellName, insteadOf, ofNumbers, standsAt } = await import("../../assets/experiments/axis_names.js");
const { factsOf } = await import("../../assets/experiments/cells.js");

const NAMES = { num_steps: "Steps", replace: "Search and replace", size: "Size or shape" };
const nameOf = (kind) => NAMES[kind] ?? kind;
const none = { kind: "", values: [], labels: [] };
const steps = { kind: "num_steps", values: [1, 4], labels: ["1", "4"] };
const words = { kind: "replace", values: ["lighthouse", ""], labels: ["lighthouse", ""] };
const axes = { x: steps, y: words, z: none };

test("a cell is named by its axes and their values, and by its number where there are several", () => {
  assert.equal(cellName(axes, [1, 0, 0, 0], nameOf, 1), "Steps: 4, Search and replace: lighthouse");
  assert.equal(cellName(axes, [0, 1, 0, 1], nameOf, 2), "Steps: 1, Search and replace: \u201c\u201d, image 2");
  assert.equal(cellName({ x: none, y: none, z: none }, [0, 0, 0, 0], nameOf, 1), "Image");
});

test("what a value stands instead of is the form's own, or the words that are searched", () => {
  const told = (place, base, of = axes) => standsAt(of, place, nameOf).map((at) => insteadOf(base, at));
  assert.deepEqual(told([0, 1, 0, 0], { num_steps: 4 }), ["4", "lighthouse"]);
  assert.deepEqual(told([1, 0, 0, 0], { num_steps: 4 }), ["", ""]);
  assert.deepEqual(told([1, 0, 0, 0], {}), ["", ""]);
  const pairs = { kind: "replace", values: ["sea=lake", "cat=dog"], labels: ["lake", "dog"] };
  assert.deepEqual(told([1, 0, 0, 0], {}, { x: pairs, y: none, z: none }), ["cat"]);
  const sizes = { kind: "size", values: ["512x512"], labels: ["512x512"] };
  assert.deepEqual(told([0, 0, 0, 0], { width: 1024, height: 768 }, { x: sizes, y: none, z: none }), ["1024x768"]);
});

test("only an axis of numbers that are more than one has values between", () => {
  assert.equal(ofNumbers(steps), true);
  assert.equal(ofNumbers(words), false);
  assert.equal(ofNumbers({ kind: "seed", values: [1, 5], labels: ["1", "5"] }), false);
  assert.equal(ofNumbers({ kind: "num_steps", values: [4], labels: ["4"] }), false);
});

test("seconds and price are those of a send: what was stored took and cost nothing", () => {
  const cell = { cached: false, seconds: 2.14, price_usd: 0.009, difference: 3.14 };
  assert.deepEqual(factsOf(cell), ["2.1 s", "$0.009", "differs by 3.1"]);
  assert.deepEqual(factsOf({ ...cell, cached: true, difference: 0 }), ["already made", "no difference"]);
  assert.deepEqual(factsOf({ ...cell, seconds: null, price_usd: null, difference: null }), []);
});
