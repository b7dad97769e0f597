// What the stage goes through: by hand, and by itself as images are made.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { makeWalk } from "../../assets/stage/walk.js";

let shown;
let walk;
let told;

beforeEach(() => {
  shown = [];
  told = 0;
  walk = makeWalk({
    show: (image, fresh) => shown.push(fresh ? `${image.id}!` : image.id),
    told: () => {
      told += 1;
    },
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));
const image = (id) => ({ id });

/** A row that images are put into the front of, as on Create. */
function rowOf(...ids) {
  const row = { ids, index: 0, watching: 0 };
  row.total = () => ids.length;
  row.record = async (index) => (ids[index] ? image(ids[index]) : null);
  row.indexOf = (id) => ids.indexOf(id);
  row.watch = (hear) => {
    row.hear = hear;
    row.watching += 1;
    return () => {
      row.watching -= 1;
    };
  };
  row.make = (id, making = 0) => {
    ids.unshift(id);
    row.hear({ making, made: image(id) });
  };
  return row;
}

async function walked(...steps) {
  for (const step of steps) {
    walk.by(step);
    await settled();
  }
}

test("it begins where it is told and goes on and back, never over an end", async () => {
  const { total, record } = rowOf("c", "b", "a");
  await walk.follow({ total, record, index: 1 });
  await walked(1, 1, -1, -1, -1);
  assert.deepEqual(shown, ["b", "a", "b", "c"]);
  walk.last();
  await settled();
  walk.first();
  await settled();
  assert.deepEqual(shown.slice(4), ["a", "c"]);
  assert.deepEqual([walk.stand.at, walk.stand.total, walk.stand.live], [0, 3, false]);
});

test("what is made comes by itself, also where there was nothing before", async () => {
  const row = rowOf();
  await walk.follow(row);
  row.hear({ making: 2 });
  assert.deepEqual([shown, walk.stand.making, walk.stand.image], [[], 2, null]);
  row.make("a", 1);
  row.make("b");
  assert.deepEqual([shown, walk.stand.making, walk.stand.at], [["a!", "b!"], 0, 0]);
});

test("who went back to an older image keeps it, at its new place, until the front is shown", async () => {
  const row = rowOf("b", "a");
  await walk.follow(row);
  await walked(1);
  row.make("c");
  assert.deepEqual(shown, ["b", "a"]);
  assert.deepEqual([walk.stand.at, walk.stand.total, walk.stand.following], [2, 3, false]);
  await walked(-1);
  assert.equal(shown.at(-1), "b");
  await walked(-1);
  assert.ok(walk.stand.following);
  row.make("d");
  assert.deepEqual(shown.slice(2), ["b", "c", "d!"]);
});

test("the newest image is one press away, wherever in its batch it stands", async () => {
  const row = rowOf("c", "b", "a");
  await walk.follow(row);
  row.hear({ making: 1, made: image("b") }); // the second of its batch came last
  assert.deepEqual([shown.at(-1), walk.stand.at], ["b!", 1]);
  await walked(1);
  assert.ok(!walk.stand.following);
  walk.latest();
  await settled();
  assert.deepEqual([shown.at(-1), walk.stand.following], ["b", true]);
});

test("a run that failed changes nothing but the mark", async () => {
  const row = rowOf("a");
  await walk.follow(row);
  row.hear({ making: 1 });
  row.hear({ making: 0 });
  assert.deepEqual([shown, walk.stand.image.id, walk.stand.making], [["a"], "a", 0]);
});

test("an image that cannot be had leaves the last one, and is gone past", async () => {
  const row = rowOf("c", "b", "a");
  const { record } = row;
  row.record = (index) => (index === 1 ? Promise.reject(new Error("away")) : record(index));
  await walk.follow(row);
  await walked(1);
  assert.deepEqual([shown, walk.stand.image.id], [["c"], "c"]);
  walk.by(1);
  await settled();
  row.record = async () => null;
  await walked(-1);
  assert.equal(walk.stand.image.id, shown.at(-1));
});

test("an answer that comes too late is not shown", async () => {
  const row = rowOf("c", "b", "a");
  const waiting = [];
  row.record = (index) => new Promise((resolve) => waiting.push(() => resolve(image(row.ids[index]))));
  walk.follow(row);
  walk.by(1);
  walk.by(1);
  for (const answer of waiting.reverse()) answer();
  await settled();
  assert.deepEqual(shown, ["a"]);
  row.watch = undefined;
  walk.follow(row);
  const [late] = waiting.splice(3);
  walk.follow(rowOf("z"));
  await settled();
  late();
  await settled();
  assert.deepEqual(shown, ["a", "z"]);
});

test("an image that comes while another is fetched is the one that is shown", async () => {
  const row = rowOf("b", "a");
  let answer;
  row.record = () =>
    new Promise((resolve) => {
      answer = () => resolve(image("b"));
    });
  walk.follow(row);
  row.make("c");
  answer();
  await settled();
  assert.deepEqual(shown, ["c!"]);
});

test("another row takes the place of the first, and the last is left alone at the end", async () => {
  const [one, two] = [rowOf("a"), rowOf("b")];
  await walk.follow(one);
  await walk.follow(two);
  assert.deepEqual([one.watching, two.watching, shown], [0, 1, ["a", "b"]]);
  walk.stop();
  assert.equal(two.watching, 0);
  assert.ok(told > 0);
});

test("after any presses and arrivals what is shown is in the row, at the place that is told", async () => {
  let state = 7;
  const chance = (below) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return Math.floor((state / 2147483648) * below);
  };
  for (let round = 0; round < 60; round += 1) {
    const row = rowOf(`${round}`);
    await walk.follow(row);
    for (let step = 0; step < 25; step += 1) {
      const what = chance(6);
      const before = walk.stand;
      if (what === 0) row.make(`${round}-${step}`);
      else if (what === 1) walk.by(-1);
      else if (what === 2) walk.by(1);
      else if (what === 3) walk.latest();
      else if (what === 4) walk.last();
      else row.hear({ making: chance(3) });
      await settled();
      const { image: now, at, total } = walk.stand;
      assert.equal(row.ids[at], now.id);
      assert.equal(total, row.ids.length);
      if (what === 0) assert.equal(now.id, before.following ? `${round}-${step}` : before.image.id);
    }
    walk.stop();
  }
});
