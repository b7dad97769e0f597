// The gallery's list: asked for by parts, held within bounds, changed in place.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { makeList } from "../../assets/gallery/list.js";
import { clock, library, serve, settled } from "./server.js";

afterEach(() => mock.reset());

const parts = (asked) => asked.map((url) => ["offset", "limit"].map((name) => Number(url.searchParams.get(name))));

async function opened(total, { query = "", answer = library(total).answer } = {}) {
  const asked = serve((url) => answer(url));
  const told = { changed: 0, failed: [] };
  const list = makeList({ changed: () => (told.changed += 1), failed: (error) => told.failed.push(error.message) });
  assert.equal(await list.open(query), true);
  return { list, asked, told };
}

test("what is in sight is asked for first, what is around it after a pause, nothing twice", async () => {
  const ahead = clock();
  const { list, asked } = await opened(3000, { query: "q=cat" });
  assert.deepEqual(parts(asked), [[0, 60]]);
  list.want(1000, 1050);
  list.want(1000, 1050);
  await ahead(100);
  assert.deepEqual(parts(asked), [
    [0, 60],
    [1000, 50],
  ]);
  assert.deepEqual(
    ["q", "as_of"].map((name) => asked[1].searchParams.get(name)),
    ["cat", "7"],
  );
  await ahead(1000);
  assert.deepEqual(parts(asked).slice(2), [
    [1050, 100],
    [900, 100],
  ]);
  assert.deepEqual(
    [list.at(899), list.at(900)?.id, list.at(1149)?.id, list.at(1150)],
    [null, "id-900", "id-1149", null],
  );
  assert.equal(list.indexOf("id-1020"), 1020);
});

test("one answer holds at most 200, and a question about what has left the sight is broken off", async () => {
  const ahead = clock();
  const { list, asked, told } = await opened(3000);
  list.want(100, 500);
  list.want(2000, 2040);
  await ahead(100);
  assert.deepEqual(parts(asked).slice(1), [
    [100, 200],
    [2000, 40],
  ]);
  assert.deepEqual([list.at(100), list.at(2000)?.id, told.failed], [null, "id-2000", []]);
});

test("at most 2,400 records are held, those far from the sight go", async () => {
  const { list } = await opened(10_000);
  await list.range(0, 2400);
  list.want(2390, 2400);
  await list.range(2400, 2800);
  assert.equal(list.held().length, 2400);
  assert.deepEqual([list.at(0), list.at(2799)?.id], [null, "id-2799"]);
});

test("a later query overtakes an earlier one; one that is refused leaves the list as it was", async () => {
  const { list } = await opened(10);
  const [first, second] = [list.open("q=a"), list.open("q=b")];
  assert.deepEqual([await first, await second, list.query], [false, true, "q=b"]);
  serve(() => [422, { error: { message: "Not a date.", hint: "Write 2026-11-28." } }]);
  await assert.rejects(list.open("since=x"), { message: "Not a date. Write 2026-11-28." });
  assert.deepEqual([list.query, list.total, list.at(3)?.id], ["q=b", 10, "id-3"]);
});

test("nothing found is shown only after a while, in which letters still come; what is found at once", async () => {
  const { list } = await opened(10);
  serve((url) => library(url.searchParams.get("q") === "lighth" ? 0 : 3).answer(url));
  let rest = () => {};
  const patience = () => new Promise((done) => (rest = done));
  const nothing = list.open("q=lighth", 0, { patience });
  await settled();
  await settled();
  assert.deepEqual([list.query, list.total, list.at(3)?.id], ["", 10, "id-3"], "the former images stay");
  assert.equal(await list.open("q=light", 0, { patience }), true);
  rest();
  assert.deepEqual([await nothing, list.query, list.total], [false, "q=light", 3], "another letter overtakes it");
  const later = list.open("q=lighth", 0, { patience });
  await settled();
  await settled();
  rest();
  assert.deepEqual([await later, list.query, list.total], [true, "q=lighth", 0]);
});

test("images taken out close the gap, and are put back where they were", async () => {
  const { list } = await opened(20);
  const shown = () => Array.from({ length: list.total }, (_, index) => list.at(index)?.id);
  const before = shown();
  const gone = list.remove(["id-3", "id-10", "id-4"]);
  assert.deepEqual(
    gone?.map(([index, record]) => [index, record.id]),
    [
      [3, "id-3"],
      [4, "id-4"],
      [10, "id-10"],
    ],
  );
  assert.deepEqual(
    shown(),
    before.filter((id) => !["id-3", "id-4", "id-10"].includes(id)),
  );
  assert.deepEqual([list.total, list.indexOf("id-4"), list.indexOf("id-19")], [17, -1, 16]);
  list.insert(gone);
  list.insert(gone); // whoever undoes twice
  assert.deepEqual(shown(), before);
});

test("where some that went had no known place, all is asked for anew", async () => {
  const { list, asked } = await opened(300);
  assert.equal(list.remove(["id-1", "id-250"]), null);
  assert.equal(list.at(1)?.id, "id-2"); // shown until the answer is there
  list.want(0, 20);
  await settled();
  await settled();
  assert.deepEqual(parts(asked)[1], [0, 20]);
});

test("a changed record is put where its former state was, another is left out", async () => {
  const { list } = await opened(5);
  list.patch({ id: "id-2", rating: 4 });
  list.patch({ id: "elsewhere", rating: 4 });
  assert.deepEqual([list.at(2), list.total], [{ id: "id-2", rating: 4 }, 5]);
});

test("a record is loaded with its neighbours, and there is none outside of the list", async () => {
  const { list, asked } = await opened(500);
  assert.equal((await list.load(300))?.id, "id-300");
  assert.equal((await list.load(310))?.id, "id-310");
  assert.deepEqual(parts(asked).slice(1), [[290, 40]]);
  assert.deepEqual([await list.load(-1), await list.load(500)], [null, null]);
});

test("somebody else's change is noticed by another total, and what is held is asked for anew", async () => {
  const ahead = clock();
  let total = 300;
  const { list, asked } = await opened(0, { answer: (url) => library(total).answer(url) });
  list.want(0, 20);
  total = 200;
  list.want(100, 120);
  await ahead(100);
  assert.equal(list.total, 200);
  list.want(0, 20);
  await ahead(100);
  assert.deepEqual(parts(asked).at(-1), [0, 20]);
});

test("a failure is told once, with the words for it", async () => {
  let answer = library(300).answer;
  const { list, told } = await opened(300, { answer: (url) => answer(url) });
  answer = () => [500, { detail: "Internal error" }];
  list.want(200, 220);
  await settled();
  await settled();
  assert.deepEqual(told.failed, ["Internal error"]);
  await assert.rejects(list.load(250), { message: "Internal error" });
});
