// What is typed as a number, for the slider and the arrow keys.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readNumber, stepped } from "../../assets/create/number.js";

test("a point and a comma are read, and what is no number is none", () => {
  assert.equal(readNumber("2,5"), 2.5);
  assert.equal(readNumber(" 2.5 "), 2.5);
  assert.equal(readNumber("1e3"), 1000);
  for (const text of ["", " ", "two", "1,2,3", "1 000", "NaN", "Infinity"]) assert.equal(readNumber(text), null);
});

test("the arrow keys go to the next step within the bounds", () => {
  const size = { minimum: 256, maximum: 2048, step: 16 };
  assert.equal(stepped("1000", 1, size), "1008");
  assert.equal(stepped("1000", -1, size), "992");
  assert.equal(stepped("1008", 1, size), "1024");
  assert.equal(stepped("2048", 1, size), "2048");
  assert.equal(stepped("9", -1, size), "256");
  assert.equal(stepped("rubbish", 1, size), "272");
  const scale = { minimum: 0, maximum: 20, step: 0.1 };
  assert.equal(stepped("0,3", 1, scale), "0.4");
  assert.equal(stepped("0.7", -1, scale), "0.6");
});
