// The list under a gallery whose server does not answer: it asks at the gallery's pace alone.
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { makeList } from "../../assets/gallery/list.js";
import { makePace } from "../../assets/gallery/pace.js";
import { clock, library, serve, settled } from "./server.js";

const AWAY = {
  "the program is stopped": null,
  "the login has ended": [401, { detail: "Log in." }],
  "the database is locked": [500, { detail: "Internal error" }],
};

afterEach(() => mock.reset());

/** A list and its pace as the gallery has them: whatever happens is drawn, and drawing wants what is in sight. */
function gallery(sight) {
  const draw = () => list.want(...sight);
  const list = makeList({
    changed: () => {
      pace.answered();
      draw();
    },
    failed: () => {
      pace.failed();
      draw();
    },
  });
  const pace = makePace(() => (pace.broken ? list.refresh() : null));
  return { list, pace, draw };
}

for (const [how, answer] of Object.entries(AWAY)) {
  for (const total of [3000, 0]) {
    test(`${how}, ${total} images: at most 8 questions in 10 s, and it goes on once there are answers`, async () => {
      const ahead = clock();
      const { ids, answer: well } = library(total);
      let away = false;
      const asked = serve((url) => (away ? answer : well(url)));
      const { list, pace, draw } = gallery([1000, 1060]);
      await list.open("");
      draw();
      await ahead(2000);

      away = true;
      asked.length = 0;
      list.want(2000, 2060); // scrolled
      list.refresh(); // something changed, also where there is nothing
      for (let second = 0; second < 10; second += 1) {
        await ahead(1000);
        draw();
      }
      assert.ok(asked.length >= 3 && asked.length <= 8, `${asked.length} questions`);
      assert.equal(pace.broken, true);

      await ahead(60_000);
      asked.length = 0;
      await ahead(80_000);
      assert.ok(asked.length >= 9 && asked.length <= 11, `then one every 8 s, not ${asked.length} in 80 s`);

      away = false;
      await ahead(8000);
      assert.equal(pace.broken, false);
      assert.equal(list.total, total);
      if (total) assert.equal(list.at(1030).id, ids[1030]);
      asked.length = 0;
      await ahead(10_000);
      assert.deepEqual(asked, [], "all is there: nothing more is asked");
    });
  }
}

test("pauses after failures are 1, 2, 4, then 8 s, and 4 s again after an answer", async () => {
  const ahead = clock();
  const turns = [];
  const pace = makePace(() => turns.push(performance.now()));
  const pauses = () => turns.map((at, index) => at - (turns[index - 1] ?? begun)).map((ms) => Math.round(ms / 1000));
  let begun = performance.now();
  await ahead(8000);
  assert.deepEqual(pauses(), [4, 4]);

  turns.length = 0;
  begun = performance.now();
  pace.failed();
  pace.failed(); // another part of the page has noticed it too
  await ahead(31_000);
  assert.deepEqual(pauses(), [1, 2, 4, 8, 8, 8]);

  turns.length = 0;
  begun = performance.now();
  pace.answered();
  pace.answered();
  await ahead(8000);
  assert.deepEqual(pauses(), [4, 4]);
});

test("an answer may take longer than the first pauses", async () => {
  const ahead = clock();
  const { answer } = library(60);
  let [away, slowMs] = [false, 0];
  serve((url) => (away ? null : answer(url)));
  const quick = globalThis.fetch;
  globalThis.fetch = async (path, options) => {
    if (slowMs) await new Promise((done) => setTimeout(done, slowMs));
    return quick(path, options);
  };
  const { list, pace, draw } = gallery([0, 60]);
  await list.open("");
  draw();
  away = true;
  list.refresh();
  await settled();
  assert.equal(pace.broken, true);
  [away, slowMs] = [false, 6000];
  await ahead(20_000);
  assert.equal(pace.broken, false);
});
