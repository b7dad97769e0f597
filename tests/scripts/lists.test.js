// What stands in a list decides its kind; the price of a click follows its templates.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en", dataset: { root: "" } }, querySelector: () => null };
const { kindOfList, textOf } = await import("../../assets/experiments/lists.js");
const { looksLikeTemplate } = await import("../../assets/shared/template.js");
const { dealOf } = await import("../../assets/create/price.js");

const COLUMNS = ["prompt", "seed", "num_steps", "size"];

test("a heading of known columns, or lines of another program's list, are rows", () => {
  for (const text of [
    "prompt,seed\na,1",
    "\n\nPrompt;SEED\r\na;1",
    '"prompt"\t"seed"\na\t1',
    "prompt\na cat",
    'a plain one\n--prompt "a" --seed 1',
    "steps\n1",
  ])
    assert.equal(kindOfList(text, COLUMNS), "rows", text);
  for (const text of ["a cat, red\na dog", "prompt, a dog", "", "-- a dash\nb"])
    assert.equal(kindOfList(text, COLUMNS), "prompts", text);
});

test("a file that is too large or no text is refused in words before it is read", async () => {
  const large = { size: 3_000_000, arrayBuffer: () => assert.fail("it was read") };
  await assert.rejects(textOf(large), /at most 1,000 values/);
  const latin = { size: 4, arrayBuffer: async () => new Uint8Array([0x67, 0x72, 0xfc, 0x6e]).buffer };
  await assert.rejects(textOf(latin), /no text in UTF-8/);
  const marked = { size: 4, arrayBuffer: async () => new TextEncoder().encode("\ufeffgr\u00fcn").buffer };
  assert.equal(await textOf(marked), "gr\u00fcn");
});

test("the switch is offered for choices and for files, and for nothing else", () => {
  for (const text of ["a {red|green} cat", "{a|{b|c}}", "__colour__", "a __art/\u00fcber 2__ b"])
    assert.ok(looksLikeTemplate(text), text);
  for (const text of ["a {cat}", "a | b", "foo__bar", "{a", "___", ""]) assert.ok(!looksLikeTemplate(text), text);
});

test("a prompt changes the price of a random seed where its braces are choices, else not", () => {
  const held = {
    random_seed: true,
    model: "m",
    count: 4,
    "params.prompt": "{a|b}",
    templates: { on: false, seed: "" },
  };
  const other = { ...held, "params.prompt": "{a|b|c}" };
  assert.equal(dealOf(held), dealOf(other));
  const on = { on: true, seed: "" };
  assert.notEqual(dealOf({ ...held, templates: on }), dealOf({ ...other, templates: on }));
});
