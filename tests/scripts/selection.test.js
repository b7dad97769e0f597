// Selecting images one by one, as a range, or all that match.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeSelection } from "../../assets/gallery/selection.js";

const records = (from, to) => Array.from({ length: to - from }, (_, at) => ({ id: `i${from + at}` }));
let list;
let selection;
let changes;
let said;

function start(total) {
  [changes, said] = [0, []];
  list = {
    total,
    query: "q=cat",
    asOf: 7,
    load: async (index) => (index >= 0 && index < list.total ? records(index, index + 1)[0] : null),
    range: async (from, to) => records(from, to),
    held: () => records(0, 3),
  };
  selection = makeSelection(list, { changed: () => (changes += 1), said: (text) => said.push(text) });
}

const ids = () => selection.target().ids;

beforeEach(() => start(100));

test("an image is selected and, once more, not selected", async () => {
  await selection.toggle(3);
  await selection.toggle(5);
  assert.deepEqual([ids(), selection.size, selection.all], [["i3", "i5"], 2, false]);
  assert.deepEqual([selection.has("i3"), selection.has("i4")], [true, false]);
  await selection.toggle(3);
  assert.deepEqual(ids(), ["i5"]);
  await selection.toggle(100);
  assert.deepEqual([ids(), changes], [["i5"], 3]);
});

test("a range begins at the last step and is replaced by the next, beside what was selected before", async () => {
  await selection.toggle(50);
  selection.moved(10);
  await selection.reach(12);
  assert.deepEqual(ids(), ["i50", "i10", "i11", "i12"]);
  await selection.reach(9);
  assert.deepEqual(ids(), ["i50", "i9", "i10"]);
  selection.moved(20);
  await selection.reach(21);
  assert.deepEqual(ids(), ["i50", "i9", "i10", "i20", "i21"]);
});

test("a range overtaken by another choice selects nothing", async () => {
  let answer;
  list.range = () => new Promise((done) => (answer = done));
  selection.moved(0);
  const late = selection.reach(4);
  selection.clear();
  answer(records(0, 5));
  await late;
  assert.equal(selection.size, 0);
});

test("a range of more than 2,000 is refused in words", async () => {
  start(5000);
  selection.moved(0);
  await selection.reach(2000);
  assert.equal(selection.size, 0);
  assert.match(said.join(), /at most 2.000 images/);
  await selection.reach(1999);
  assert.equal(selection.size, 2000);
});

test("all that match are one query, as of the list that is seen", () => {
  selection.selectAll();
  assert.deepEqual(selection.target(), { query: "q=cat&as_of=7" });
  assert.deepEqual([selection.size, selection.all, selection.has("anything")], [100, true, true]);
  assert.deepEqual(selection.records, records(0, 3));
  list.query = "";
  selection.selectAll();
  assert.deepEqual(selection.target(), { query: "as_of=7" });
});

test("all are counted before they are selected", async () => {
  start(1001);
  Object.assign(list, {
    least: true,
    counted: async () => {
      list.total = 5000;
      list.least = false;
    },
  });
  await selection.selectAll();
  assert.deepEqual([selection.all, selection.size], [true, 5000]);
});

test("one of all is left out where they can be listed, else that is refused in words", async () => {
  selection.selectAll();
  await selection.toggle(7);
  assert.deepEqual([selection.all, selection.size, selection.has("i7")], [false, 99, false]);
  start(2001);
  selection.selectAll();
  await selection.toggle(7);
  assert.deepEqual([selection.all, selection.size], [true, 2001]);
  assert.match(said.join(), /All 2.001 images are selected as one/);
});

test("changed records are taken over, those that are gone are forgotten", async () => {
  await selection.toggle(1);
  await selection.toggle(2);
  selection.patch({ id: "i1", rating: 5 });
  selection.patch({ id: "i9", rating: 5 });
  assert.deepEqual(selection.records, [{ id: "i1", rating: 5 }, { id: "i2" }]);
  const before = changes;
  selection.drop(["i1", "i9"]);
  selection.drop(["i9"]);
  assert.deepEqual([ids(), changes - before], [["i2"], 1]);
  selection.clear();
  selection.clear();
  assert.deepEqual([selection.size, changes - before], [0, 2]);
});
