// How an image came from another one, in whole sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import { CHILDREN } from "../../assets/shared/facts.js";
import { saidOfParent } from "../../assets/viewer/lineage.js";

test("each way in which images come from others has its own sentences", () => {
  const said = [...Object.keys(CHILDREN), "unheard of"].map(saidOfParent);
  assert.equal(new Set(said.map(([there]) => there)).size, said.length);
  for (const [there, gone] of said) {
    assert.match(there, / this image$/);
    assert.match(gone, / an image that is no longer stored\.$/);
    assert.equal(there.replace(/this image$/, ""), gone.replace(/an image that is no longer stored\.$/, ""));
  }
});
