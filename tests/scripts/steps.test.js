// What is open over a page, and the steps of its history.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

let steps;
let entries; // of the history, as a browser keeps them
let at;
let listeners;
let opened;

const go = (by) => {
  at += by;
  globalThis.location.search = entries[at].search;
  for (const hear of listeners.popstate ?? []) hear({ state: entries[at].state });
};
const searchOf = (address) => address.slice(address.indexOf("?")).replace(/^\/.*/, "");

beforeEach(async () => {
  entries = [{ search: "?q=cat", state: { at: 60 } }];
  at = 0;
  listeners = {};
  opened = [];
  globalThis.location = { pathname: "/gallery", search: "?q=cat" };
  globalThis.addEventListener = (name, hear) => {
    listeners[name] = [...(listeners[name] ?? []), hear];
  };
  globalThis.history = {
    get state() {
      return entries[at].state;
    },
    pushState(state, _, address) {
      entries.splice(at + 1, Infinity, { search: searchOf(address), state });
      at += 1;
      globalThis.location.search = searchOf(address);
    },
    replaceState(state, _, address) {
      entries[at] = { search: searchOf(address), state };
      globalThis.location.search = searchOf(address);
    },
    back: () => setImmediate(go, -1),
  };
  steps = await import(`../../assets/viewer/steps.js?${Math.random()}`);
  steps.watchSteps({
    viewer: { name: "image", open: (id) => show("viewer", id) },
    stage: { name: "stage", open: (on) => show("stage", on) },
    compare: { name: "compare", open: (ids) => show("compare", ids) },
  });
});

/** Opens as a dialog does: it is closed by the history, or closes and then leaves. */
function show(over, value) {
  const mine = { over, value, open: true };
  mine.step = steps.enter(over, value, () => {
    mine.open = false;
    mine.step.leave();
  });
  opened.push(mine);
  return mine;
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const shown = () => opened.filter(({ open }) => open).map(({ over, value }) => `${over} ${value}`);
const searches = () => entries.map(({ search }) => search);

test("Back closes the viewer and Forward opens it again at what it showed last", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const viewer = show("viewer", "a");
  assert.deepEqual(searches(), ["?q=cat", "?q=cat&image=a"]);
  viewer.step.turn("b");
  viewer.step.turn("c");
  mock.timers.tick(1000);
  mock.timers.reset();
  assert.deepEqual(searches(), ["?q=cat", "?q=cat&image=c"]);
  go(-1);
  assert.deepEqual([shown(), searches().length, at], [[], 2, 0]);
  assert.equal(entries[0].state.at, 60);
  go(1);
  assert.deepEqual(shown(), ["viewer c"]);
});

test("closing it goes back, so that no step is left over", async () => {
  const viewer = show("viewer", "a");
  viewer.open = false;
  viewer.step.leave();
  viewer.step.leave();
  await settled();
  assert.deepEqual([at, location.search, shown()], [0, "?q=cat", []]);
});

test("what is opened again at once waits until the step back has come", async () => {
  const viewer = show("viewer", "a");
  viewer.open = false;
  viewer.step.leave();
  show("viewer", "b");
  await settled();
  assert.deepEqual([at, searches(), shown()], [1, ["?q=cat", "?q=cat&image=b"], ["viewer b"]]);
});

test("a comparison over the viewer is a step of its own", async () => {
  const viewer = show("viewer", "a");
  viewer.step.turn("b");
  show("compare", "b,c");
  assert.deepEqual(searches(), ["?q=cat", "?q=cat&image=b", "?q=cat&image=b&compare=b,c"]);
  go(-1);
  assert.deepEqual(shown(), ["viewer a"]); // opened as a, and by now at b
  go(1);
  assert.deepEqual(shown(), ["viewer a", "compare b,c"]);
  go(-2);
  assert.deepEqual(shown(), []);
  go(2);
  assert.deepEqual(shown().sort(), ["compare b,c", "viewer b"]);
});

test("what a link named is taken out of the address when it is closed: there is nothing to go back to", async () => {
  entries = [{ search: "?image=a&x=1", state: null }];
  location.search = "?image=a&x=1";
  steps.openAsked();
  assert.deepEqual([shown(), entries.length], [["viewer a"], 1]);
  opened[0].step.leave();
  await settled();
  assert.deepEqual([at, searches()], [0, ["?x=1"]]);
});

test("after a reload closing still goes back", async () => {
  show("viewer", "a");
  const again = await import(`../../assets/viewer/steps.js?${Math.random()}`);
  listeners = {};
  again.watchSteps({ viewer: { name: "image", open: () => {} }, compare: { name: "compare", open: () => {} } });
  const step = again.enter("viewer", "a", () => {});
  assert.equal(entries.length, 2);
  step.leave();
  await settled();
  assert.deepEqual([at, location.search], [0, "?q=cat"]);
});

test("what cannot be opened leaves the address", () => {
  location.search = "?image=none&q=cat";
  assert.ok(steps.isAsked("viewer", "none"));
  steps.forget("viewer");
  assert.deepEqual(searches(), ["?q=cat"]);
  assert.ok(!steps.isAsked("viewer", "none"));
});

test("the viewer goes on beneath the stage: the address names its image, and leaving keeps it open", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const leave of [() => go(-1), (stage) => stage.step.leave()]) {
    const viewer = show("viewer", "a");
    const stage = show("stage", "1");
    viewer.step.turn("b");
    mock.timers.tick(1000);
    assert.equal(location.search, "?q=cat&image=b&stage=1");
    viewer.step.turn("c"); // and left before the address has it
    leave(stage);
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    stage.open = false;
    assert.equal(location.search, "?q=cat&image=c");
    assert.ok(viewer.open);
    go(1);
    assert.ok(viewer.open);
    assert.deepEqual(opened.at(-1).over, "stage");
    go(-2);
    assert.deepEqual([viewer.open, opened.at(-1).open, location.search], [false, false, "?q=cat"]);
    opened.length = 0;
  }
  mock.timers.reset();
});

test("what the address names is coming until it is open", () => {
  location.search = "?image=a&stage=1";
  assert.ok(steps.isComing("viewer"));
  show("viewer", "a");
  assert.ok(!steps.isComing("viewer") && !steps.isComing("compare") && steps.isComing("stage"));
});
