// What can be taken back: once, the last of it by Ctrl+Z, but not within a text.
import assert from "node:assert/strict";
import { before, test } from "node:test";

let press;
let offer;

before(async () => {
  globalThis.document = {
    addEventListener(_, listener) {
      press = listener;
    },
  };
  ({ offer } = await import("../../assets/shared/undo.js"));
});

function pressed(changes = {}, inText = false) {
  let prevented = false;
  press({
    key: "z",
    code: "KeyZ",
    ctrlKey: true,
    target: { closest: () => (inText ? {} : null) },
    preventDefault() {
      prevented = true;
    },
    ...changes,
  });
  return prevented;
}

test("Ctrl+Z takes back what was done last, then what was done before it, and nothing twice", () => {
  const done = [];
  offer(() => done.push("first"));
  const second = offer(() => done.push("second"));
  second.withdrawn(() => done.push("its note goes"));
  assert.ok(pressed());
  assert.ok(pressed({ key: "я", ctrlKey: false, metaKey: true }));
  assert.deepEqual(done, ["its note goes", "second", "first"]);
  assert.ok(!pressed());
  second.run();
  assert.equal(done.length, 3);
});

test("a button takes back its own act, whatever came after it", () => {
  const done = [];
  const first = offer(() => done.push("first"));
  const second = offer(() => done.push("second"));
  first.run();
  first.run();
  assert.deepEqual(done, ["first"]);
  second.withdraw();
  assert.ok(!pressed());
  assert.deepEqual(done, ["first"]);
});

test("in a text, and with other keys, nothing is taken back", () => {
  const mine = offer(() => assert.fail("it was taken back"));
  for (const [changes, inText] of [
    [{}, true],
    [{ shiftKey: true }],
    [{ altKey: true }],
    [{ ctrlKey: false }],
    [{ key: "w", code: "KeyZ" }], // AZERTY
    [{ key: "y", code: "KeyZ" }], // QWERTZ
  ])
    assert.ok(!pressed(changes, inText));
  mine.withdraw();
});
