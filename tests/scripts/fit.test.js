// How a batch is laid out: all of it in the window, as large as it can be.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fit } from "../../assets/create/fit.js";

const GAP = 16;
const BELOW = 84;

test("two and four images fit the window, in the best columns", () => {
  for (const [count, shape, width, height, columns] of [
    [4, 1, 910, 790, 2],
    [4, 1, 1314, 970, 2],
    [4, 9 / 16, 1314, 970, 4],
    [4, 16 / 9, 1314, 970, 2],
    [2, 1, 910, 790, 2],
    [2, 16 / 9, 910, 900, 1],
    [4, 1, 324, 734, 2],
  ]) {
    const found = fit(count, shape, width, height);
    const rows = Math.ceil(count / found.columns);
    assert.equal(found.columns, columns, `${count} of ${shape} in ${width} x ${height}`);
    assert.ok(found.width * found.columns + GAP * (found.columns - 1) <= width);
    assert.ok((found.width / shape + BELOW) * rows + GAP * (rows - 1) <= height);
  }
});

test("any batch in any window has columns that fit its width, and no image vanishes", () => {
  for (let count = 1; count <= 8; count++) {
    for (const shape of [0.1, 9 / 16, 1, 16 / 9, 10]) {
      for (const width of [1, 40, 200, 358, 910, 1700, 7000]) {
        for (const height of [-100, 0, 100, 340, 734, 1300, 4000]) {
          const found = fit(count, shape, width, height);
          assert.ok(found.columns >= 1 && found.columns <= count);
          const all = found.width * found.columns + GAP * (found.columns - 1);
          assert.ok(all <= width, JSON.stringify({ count, shape, width, height, found }));
          assert.ok(found.width >= Math.min(140, width) - 1, JSON.stringify({ count, shape, width, height, found }));
        }
      }
    }
  }
});
