// How many images there are, in words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sayTotal } from "../../assets/gallery/total.js";

test("the number is told with that of all images, and what is not known is not told", () => {
  for (const [total, least, of, text] of [
    [null, false, null, ""],
    [1, false, null, "1 image"],
    [1234, false, null, "1,234 images"],
    [12, false, 863, "12 of 863 images"],
    [863, false, 863, "863 images"],
    [1001, true, null, "more than 1,000 images"],
    [61, true, 36_000, "more than 60 of 36,000 images"],
  ])
    assert.equal(sayTotal({ total, least, of }), text);
});
