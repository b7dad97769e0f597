// What the form opens with and what is kept of it, in a tab that is left and comes back.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

const NAMES = ["token", "random_seed", "basis", "model", "count", "params.prompt", "params.seed"];
const held = (prompt, basis = null) => ["token", true, basis, "flux", 2, prompt, 7];
const kept = (prompt, origin = null) =>
  JSON.stringify({ model: "flux", random: true, count: 2, origin, values: { prompt, seed: 7 } });

let storage;
let left; // what the page does when it is left
let steps; // the addresses that the page went to
let loads = 0;

beforeEach(() => {
  storage = new Map();
  steps = [];
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => {
  mock.timers.reset();
  for (const name of ["location", "history", "sessionStorage", "addEventListener"]) delete globalThis[name];
});

/** The module in a page just loaded at `search`. */
async function loaded(search = "", hash = "") {
  globalThis.location = { pathname: "/", search, hash, assign: (address) => steps.push(address) };
  globalThis.history = { replaceState: (_state, _title, address) => steps.push(address) };
  globalThis.sessionStorage ??= {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, text) => storage.set(key, text),
    removeItem: (key) => storage.delete(key),
  };
  globalThis.addEventListener = (_name, listener) => {
    left = listener;
  };
  loads += 1;
  return import(`../../assets/create/draft.js?load=${loads}`);
}

test("the form opens with what it held when the page was left", async () => {
  const before = await loaded();
  assert.deepEqual(JSON.parse(before.asked()), { draft: null });
  before.keep(NAMES, held("a fox"));
  assert.equal(storage.size, 0);
  mock.timers.tick(300);
  assert.equal(storage.get("playground:draft"), kept("a fox"));
  before.keep(NAMES, held("a fox at night", { origin: { id: "1", kind: "seed" } }));
  left(); // before the pause is over
  const after = await loaded();
  const { draft } = JSON.parse(after.asked());
  assert.equal(JSON.stringify(draft), kept("a fox at night", { id: "1", kind: "seed" }));
});

test("the start values are no draft: nothing is kept before the draft was read", async () => {
  storage.set("playground:draft", kept("a fox"));
  const { asked, keep } = await loaded();
  keep(NAMES, held(""));
  mock.timers.tick(1000);
  left();
  assert.equal(JSON.stringify(JSON.parse(asked()).draft), kept("a fox"));
});

test("the newest of many quick changes is kept, once typing pauses", async () => {
  const { asked, keep } = await loaded();
  asked();
  for (const prompt of ["a", "a f", "a fox"]) {
    keep(NAMES, held(prompt));
    mock.timers.tick(299);
    assert.equal(storage.size, 0);
  }
  mock.timers.tick(1);
  assert.equal(storage.get("playground:draft"), kept("a fox"));
});

test("the address asks once, is cleared of that alone, and an image goes before a recipe", async () => {
  for (const [search, wish, address] of [
    ["?image=5", { id: "5", what: "all", model: null }, "/"],
    ["?image=5&what=model&model=sdxl&__theme=dark", { id: "5", what: "model", model: "sdxl" }, "/?__theme=dark"],
    ["?recipe=abc", { recipe: "abc" }, "/"],
    ["?preset=My%20form", { preset: "My form" }, "/"],
    ["?image=5&recipe=abc", { id: "5", what: "all", model: null }, "/"],
    ["?what=seed", {}, "/"],
    ["", {}, "/"],
  ]) {
    const { asked } = await loaded(search);
    assert.deepEqual(JSON.parse(asked()), { draft: null, ...wish }, search);
    assert.equal(steps.at(-1), address, search);
  }
});

test("what was chosen by name on another page goes into the draft, once, and leaves the rest of it", async () => {
  storage.set("playground:draft", kept("a fox", { id: "1", kind: "seed" }));
  const draftAt = async (hash) => JSON.parse((await loaded("", hash)).asked()).draft;
  const prompt = "a & b + \u6e56, 100 %\n#2";
  const { values, origin, model } = await draftAt(`#${new URLSearchParams({ prompt })}`);
  assert.deepEqual([values, origin, model], [{ prompt, seed: 7 }, null, "flux"]);
  assert.equal(steps.at(-1), "/");
  assert.deepEqual(await draftAt("#model=sdxl"), {
    ...JSON.parse(kept("a fox", { id: "1", kind: "seed" })),
    model: "sdxl",
  });
  const { styles } = await draftAt("#style=Oil");
  assert.deepEqual(styles, ["Oil"]);
  assert.deepEqual(await draftAt("#other"), JSON.parse(kept("a fox", { id: "1", kind: "seed" })));
  storage.clear();
  assert.deepEqual(await draftAt("#prompt=a%20fox"), { values: { prompt: "a fox" }, origin: null });
  assert.deepEqual(await draftAt("#model=sdxl"), { values: {}, model: "sdxl" });
});

test("a recipe too long for an address goes by the tab's storage, once", async () => {
  const { openWith } = await loaded();
  openWith("a+b");
  assert.deepEqual([steps.at(-1), storage.size], ["/?recipe=a%2Bb", 0]);
  const long = "x".repeat(6001);
  openWith(long);
  assert.equal(steps.at(-1), "/");
  const { asked } = await loaded();
  assert.equal(JSON.parse(asked()).recipe, long);
  assert.equal(JSON.parse((await loaded()).asked()).recipe, undefined);
});

test("a damaged draft and a browser that forbids storage are no draft", async () => {
  storage.set("playground:draft", "{half");
  assert.deepEqual(JSON.parse((await loaded()).asked()), { draft: null });
  const forbidden = () => {
    throw new DOMException("denied", "SecurityError");
  };
  globalThis.sessionStorage = { getItem: forbidden, setItem: forbidden, removeItem: forbidden };
  const { asked, keep } = await loaded();
  assert.deepEqual(JSON.parse(asked()), { draft: null });
  keep(NAMES, held("a fox"));
  mock.timers.tick(300);
});

test("a draft that holds the example that stood ready opens with it in the language of now", async () => {
  const { haveExample } = await import("../../assets/create/first.js");
  const local = new Map([["playground:example", "A lighthouse"]]);
  globalThis.localStorage = {
    getItem: (key) => local.get(key) ?? null,
    setItem: (key, text) => local.set(key, text),
  };
  haveExample("Ein Leuchtturm");
  for (const [prompt, opens] of [
    ["A lighthouse", "Ein Leuchtturm"],
    ["A lighthouse, snow", "A lighthouse, snow"],
  ]) {
    storage.set("playground:draft", kept(prompt));
    const { asked } = await loaded();
    assert.equal(JSON.parse(asked()).draft.values.prompt, opens);
  }
  delete globalThis.localStorage;
});
