// When Generate asks anew what it costs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { choices } from "../../assets/create/count.js";
import { dealOf } from "../../assets/create/price.js";

const held = {
  token: "",
  basis: null,
  random_seed: true,
  model: "flux",
  count: 1,
  "params.prompt": "a",
  "params.seed": 7,
};

test("while seeds are random, typing asks nothing: only model and number matter", () => {
  const deal = dealOf(held);
  for (const same of [{ "params.prompt": "b" }, { "params.seed": 8 }, { token: "x" }, { basis: {} }])
    assert.equal(dealOf({ ...held, ...same }), deal);
  for (const other of [{ model: "sdxl" }, { count: 2 }, { random_seed: false }])
    assert.notEqual(dealOf({ ...held, ...other }), deal);
});

test("a kept seed may be made already: then all of the form matters, but not where it came from", () => {
  const kept = { ...held, random_seed: false };
  const deal = dealOf(kept);
  for (const other of [{ "params.prompt": "b" }, { "params.seed": 8 }, { count: 2 }])
    assert.notEqual(dealOf({ ...kept, ...other }), deal);
  for (const same of [{ token: "x" }, { basis: {} }]) assert.equal(dealOf({ ...kept, ...same }), deal);
});

test("the numbers to choose from hold the one of an earlier visit", () => {
  assert.deepEqual(choices(4), [1, 2, 4, 8]);
  assert.deepEqual(choices(3), [1, 2, 3, 4, 8]);
});
