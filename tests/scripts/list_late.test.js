// The list of a library so large that the number of images comes after the first of them.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { makeList } from "../../assets/gallery/list.js";
import { clock, serve, settled, uncounted } from "./server.js";

afterEach(() => mock.reset());

const numbers = (asked) => asked.filter((url) => url.searchParams.get("total") !== "fast");

async function opened(answer = uncounted(50_000).answer, from = 0) {
  const ahead = clock();
  const asked = serve((url) => answer(url));
  const told = { changed: 0 };
  const list = makeList({ changed: () => (told.changed += 1), failed: () => {} });
  await list.open("q=cat", from);
  return { list, asked, told, ahead };
}

test("the number is asked for once, after the images, as of the list that is seen", async () => {
  const { list, asked, told, ahead } = await opened();
  assert.deepEqual([list.total, list.least, numbers(asked).length], [1001, true, 0]);
  await ahead(1000);
  assert.deepEqual([list.total, list.least, told.changed], [50_000, false, 1]);
  const [url] = numbers(asked);
  assert.deepEqual(
    ["q", "as_of", "limit"].map((name) => url.searchParams.get(name)),
    ["cat", "7", "1"],
  );
  list.want(40_000, 40_030);
  await ahead(1000);
  assert.deepEqual([list.total, list.at(40_000)?.id, numbers(asked).length], [50_000, "id-40000", 1]);
});

test("whoever needs the number asks at once and gets it, with others who wait", async () => {
  const { list, asked } = await opened();
  assert.deepEqual(await Promise.all([list.counted(), list.counted()]), [50_000, 50_000]);
  assert.equal(await list.counted(), 50_000);
  assert.equal(numbers(asked).length, 1);
});

test("images that come while it is asked for do not put the number off", async () => {
  const { list, told, ahead } = await opened();
  for (let from = 60; from < 400; from += 60) {
    list.want(from, from + 60);
    await ahead(50);
  }
  assert.deepEqual([list.least, list.total, told.changed > 1], [false, 50_000, true]);
});

test("another search takes the former's question back, and its number is asked for", async () => {
  const [cats, dogs] = [uncounted(50_000), uncounted(9_000)];
  const { list, asked, ahead } = await opened((url) => (url.searchParams.get("q") === "cat" ? cats : dogs).answer(url));
  const next = list.open("q=dog");
  const waiting = list.counted();
  await next;
  await ahead(1000);
  assert.deepEqual([await waiting, list.total, list.least], [9_000, 9_000, false]);
  assert.equal(numbers(asked).at(-1).searchParams.get("q"), "dog");
});

test("an image taken out meanwhile is not counted", async () => {
  let size = 50_000;
  const { list, ahead } = await opened((url) => uncounted(size).answer(url));
  const counted = list.counted();
  size -= 1;
  list.remove(["id-3"]);
  assert.equal(list.total, 1000);
  assert.equal(await counted, 49_999);
  await ahead(1000);
  assert.deepEqual([list.total, list.least], [49_999, false]);
});

test("a program that forgot the number is asked again; what is shown stays", async () => {
  let { answer } = uncounted(50_000);
  const { list, asked, ahead } = await opened((url) => answer(url));
  await ahead(1000);
  ({ answer } = uncounted(50_000)); // as after a start
  list.want(300, 330);
  await settled();
  await settled();
  assert.deepEqual([list.total, list.least, list.at(0)?.id], [50_000, true, "id-0"]);
  await ahead(1000);
  assert.deepEqual([list.least, numbers(asked).length], [false, 2]);
});

test("a failure is for whoever waits; the next answer asks again", async () => {
  let away = true;
  const well = uncounted(50_000).answer;
  const { list, ahead } = await opened((url) => (away && url.searchParams.get("total") !== "fast" ? null : well(url)));
  await assert.rejects(list.counted(), /does not answer/);
  await ahead(1000);
  assert.equal(list.least, true);
  away = false;
  list.want(300, 330);
  await ahead(1000);
  assert.deepEqual([list.least, list.total], [false, 50_000]);
});

test("news of a library that was not counted are true", async () => {
  const { list } = await opened();
  assert.equal((await list.news()).total, 50_000);
});
