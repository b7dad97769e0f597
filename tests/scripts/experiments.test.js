// What an experiment costs, in words; means along an axis; what can stand on one.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en", dataset: { root: "" } }, querySelector: () => null };
const { budgetLines, startText } = await import("../../assets/experiments/budget.js");
const { asRead } = await import("../../assets/experiments/axis_names.js");
const { kindsOf } = await import("../../assets/experiments/kinds.js");
const { likeReference, meansOf } = await import("../../assets/experiments/plot.js");

const PLAN = {
  places: 36,
  cells: 34,
  cached: 12,
  to_send: 22,
  price_usd: 0.198,
  seconds: 180,
  today: 24,
  notes: ["So."],
};

test("the deal is told in one line, and then what has to be said of it", () => {
  assert.deepEqual(budgetLines(PLAN), [
    "36 places, 34 cells, 12 already made, 22 to send, about $0.198, about 3 min 0 s, 24 left today.",
    "So.",
  ]);
});

test("what is stored is free, and a price that nobody lists is said to be none", () => {
  const free = { ...PLAN, cached: 34, to_send: 0, price_usd: 0, today: null };
  assert.equal(budgetLines(free)[0], "36 places, 34 cells, 34 already made, 0 to send, free.");
  assert.equal(startText(free), "Show it, free");
  const unknown = { ...PLAN, places: 1, cells: 1, cached: 0, to_send: 1, price_usd: null, seconds: null, today: null };
  assert.equal(budgetLines(unknown)[0], "1 place, 1 to send, no price listed.");
  assert.equal(startText(unknown), "Make 1 image");
  assert.equal(startText(PLAN), "Make 22 images, about $0.198");
});

test("a mean along an axis counts what is there", () => {
  const cell = (x, y, seconds) => ({ places: [[x, y, 0, 0]], seconds });
  const cells = [cell(0, 0, 1), cell(0, 1, 3), cell(1, 0, null), cell(2, 0, 5)];
  assert.deepEqual(
    meansOf(cells, 0, 3, (one) => one.seconds),
    [2, null, 5],
  );
});

test("what an axis changes is told by the cells that differ from the reference in nothing else", () => {
  const cell = (x, y, difference) => ({ places: [[x, y, 0, 0]], difference });
  const cells = [cell(1, 1, 0), cell(0, 1, 2), cell(2, 1, 1), cell(0, 0, 50), cell(1, 0, 60), cell(2, 0, 70)];
  const means = (axis, count) => meansOf(cells, axis, count, (one) => one.difference, likeReference(cells, axis));
  assert.deepEqual(means(0, 3), [2, 0, 1]);
  assert.deepEqual(means(1, 2), [60, 0]);
});

test("cells are gone through as one reads them, however they were made", () => {
  const cell = (...place) => ({ places: [place] });
  const made = [cell(1, 0, 1, 0), cell(0, 0, 0, 1), cell(1, 1, 0, 0), cell(1, 0, 0, 0), cell(0, 0, 0, 0)];
  made[3].places.unshift([2, 2, 0, 0]); // where it was made first; it is seen earlier
  assert.deepEqual(
    made.sort(asRead).map(({ places: [place] }) => place.join("")),
    ["0000", "0001", "2200", "1100", "1010"],
  );
});

test("every parameter of any model can vary but the prompt, which varies as a whole", () => {
  const steps = { name: "num_steps", kind: "integer", label: "Steps", default: 4, minimum: 1, maximum: 50, step: 1 };
  const prompt = { name: "prompt", kind: "text", label: "Prompt" };
  const names = kindsOf([
    { label: "A", parameters: [prompt, steps] },
    { label: "B", parameters: [steps] },
  ]).map((kind) => kind.name);
  assert.deepEqual(names, ["num_steps", "size", "model", "prompts", "replace", "rows"]);
});

test("models are ticked under their connection, by id where two are called alike", () => {
  const models = [
    { id: "a/flux", label: "FLUX", connection: "" },
    { id: "gpu/dream", label: "dream", connection: "gpu" },
    { id: "lab/dream", label: "dream", connection: "lab" },
  ].map((model) => ({ ...model, parameters: [] }));
  assert.deepEqual(kindsOf(models).find((kind) => kind.name === "model")?.choices, [
    { value: "FLUX", text: "FLUX", connection: "" },
    { value: "gpu/dream", text: "dream", connection: "gpu" },
    { value: "lab/dream", text: "dream", connection: "lab" },
  ]);
});

test("a text with choices is ticked, one without is written", () => {
  const text = { kind: "text", label: "", help: "", minimum: null, maximum: null, step: null, default: null };
  const sampler = { ...text, name: "sampler", choices: ["Euler", "Heun"] };
  const note = { ...text, name: "note", choices: [] };
  const [one, other] = kindsOf([{ label: "A", parameters: [sampler, note] }]);
  assert.deepEqual([one.picker, one.choices?.map(({ value }) => value)], ["choices", ["Euler", "Heun"]]);
  assert.equal(other.picker, null);
});
