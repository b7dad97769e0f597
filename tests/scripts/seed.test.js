// The seed at the prompt: kept by hand, random again by itself once the prompt is another one.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeSeedRule, rewritten } from "../../assets/create/seed.js";

let turned; // what the form's switch was turned to
let form; // what the form holds
let rule;

beforeEach(() => {
  turned = [];
  form = { random: true, seed: "0" };
  rule = makeSeedRule((random) => {
    turned.push(random);
    form = { ...form, random };
  });
});

/** Somebody types a prompt, and Gradio tells of it. */
function types(prompt) {
  rule.typing(prompt);
  rule.typed(prompt);
  rule.holds(form, prompt);
}

/** Something fills the form. */
function fills(changes, prompt) {
  form = { ...form, ...changes };
  rule.holds(form, prompt);
}

test("a prompt is another one where less than half of its words are left", () => {
  for (const [before, now, another] of [
    ["a lighthouse at dusk, long waves", "a lighthouse at dawn", false],
    ["a lighthouse at dusk", "A LIGHTHOUSE, AT DUSK!", false],
    ["a fox", "a fox in the snow, oil on canvas, golden hour, very long", false],
    ["a red fox", "a blue fox", false],
    ["a lighthouse at dusk, long waves", "a bear in a bakery", true],
    ["fox", "bear", true],
    ["a fox", "a bear", true],
    ["ein Leuchtturm in der D\u00e4mmerung", "ein B\u00e4r in der B\u00e4ckerei", true],
    ["\u706f\u53f0\u3068\u6d77", "\u718a\u3068\u68ee\u306e\u4e2d", true],
    ["", "a bear", false],
    ["a fox", "", false],
    ["a fox", "  \n", false],
    ["!!!", "a bear", false],
  ]) {
    assert.equal(rewritten(before, now), another, `${before} -> ${now}`);
  }
});

test("a seed that was reused is kept for its prompt, and random again for another", () => {
  fills({ random: false, seed: "3040525671" }, "a lighthouse at dusk");
  types("a lighthouse at dawn");
  assert.deepEqual(turned, []);
  types("a bear in a bakery");
  assert.deepEqual(turned, [true]);
  assert.equal(rule.aside(), true);
});

test("it is kept again where the prompt comes back, by hand or by undoing", () => {
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  types("b");
  assert.deepEqual(turned, [true]);
  types("a lighthouse at dusk, in fog");
  assert.deepEqual(turned, [true, false]);
  assert.equal(rule.aside(), false);
});

test("what fills prompt and seed at once is one thing, whatever stood there", () => {
  types("a bear in a bakery");
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  assert.deepEqual(turned, []);
  types("a lighthouse at noon");
  assert.deepEqual(turned, []);
});

test("the text that was put back after a reuse gets no seed of another image", () => {
  types("a bear in a bakery");
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  types("a bear in a bakery");
  assert.deepEqual(turned, [true]);
});

test("a seed that a person kept is kept from then on", () => {
  types("a bear in a bakery");
  fills({ random: false, seed: "42" }, "a bear in a bakery");
  types("a bear in a forest");
  fills({ random: true }, "a bear in a forest");
  types("a train");
  assert.deepEqual(turned, [], "random is random");
  fills({ random: false }, "a train");
  types("a train at night");
  assert.deepEqual(turned, []);
});

test("kept by a click it belongs to the new prompt", () => {
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  types("a bear in a bakery");
  rule.keep();
  rule.holds(form, "a bear in a bakery");
  types("a bear in a bakery at night");
  assert.deepEqual(turned, [true, false]);
  assert.equal(rule.aside(), false);
});

test("small steps lead far, with one seed, where each was sent", () => {
  fills({ random: false, seed: "7" }, "a red fox in snow");
  for (const prompt of ["a red fox in sand", "a red bear in sand", "a blue bear in sand", "a blue bear in water"]) {
    types(prompt);
    rule.sent();
  }
  assert.deepEqual(turned, []);
});

test("an answer that is still of before the switch was turned changes nothing", () => {
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  const before = form;
  rule.typing("a bear in a bakery");
  rule.typed("a bear in a bakery");
  rule.holds(before, "a bear in a bakery");
  assert.equal(rule.aside(), true);
  rule.holds(form, "a bear in a bakery");
  assert.equal(rule.aside(), true);
});

test("an empty prompt is no other prompt", () => {
  fills({ random: false, seed: "7" }, "a lighthouse at dusk");
  types("");
  assert.deepEqual(turned, []);
  fills({ random: false, seed: "8" }, "");
  types("a bear in a bakery");
  assert.deepEqual(turned, [], "there was none before");
});
