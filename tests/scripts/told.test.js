// What a batch tells to who does not see it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { saidAway, saidChange, saidStart } from "../../assets/create/told.js";

const run = (index, state, more = {}) => ({ index, state, waits_for: "", waits_until: null, error: null, ...more });
const error = { message: "It broke.", hint: "", field: null, maybe_charged: false };

/** A run of `all` that was `before` and is `now`; the others are `rest`. */
function change(before, now, rest = []) {
  return saidChange(before, now, [now, ...rest]);
}

test("the start says how many", () => {
  assert.equal(saidStart(1), "1 image is being made.");
  assert.equal(saidStart(4), "4 images are being made.");
});

test("each image that comes says how many there are by now, in any order", () => {
  const rest = [run(1, "saved"), run(2, "sent"), run(3, "queued")];
  assert.deepEqual(change(run(0, "sent"), run(0, "saved"), rest), { about: "images", text: "2 of 4 images are here." });
  assert.equal(change(run(0, "sent"), run(0, "saved")).text, "The image is here.");
});

test("a failure and a doubt are told with their reason, and which of several it is", () => {
  assert.equal(change(run(0, "sent"), run(0, "failed", { error })).text, "No image: It broke.");
  assert.equal(change(run(0, "sent"), run(0, "unknown", { error })).text, "May have been charged: It broke.");
  const [failed, doubt] = ["failed", "unknown"].map(
    (state) => change(run(1, "sent"), run(1, state, { error }), [run(0, "saved")]).text,
  );
  assert.equal(failed, "No image 2 of 2: It broke.");
  assert.equal(doubt, "Image 2 of 2 may have been charged: It broke.");
});

test("a wait is told once, not each second, and once for all that wait for the same", () => {
  const wait = (index, seconds) =>
    run(index, "queued", { waits_for: "Too many (429).", waits_until: new Date(Date.now() + seconds * 1000) });
  const first = change(run(0, "sent"), wait(0, 12), [run(1, "queued")]);
  assert.equal(first.about, "waits");
  assert.match(first.text, /^Too many \(429\)\. Goes on in 1[12] s\.$/);
  assert.equal(change(wait(0, 12), wait(0, 11)), null);
  assert.equal(change(run(1, "queued"), wait(1, 12), [wait(0, 12)]), null);
  assert.equal(change(wait(0, 1), run(0, "sent"))?.text, undefined);
});

test("what was not sent because another failed is told; what was stopped by hand is not", () => {
  const now = run(2, "cancelled");
  const rest = [run(0, "failed", { error }), run(1, "cancelled")];
  assert.equal(change(run(2, "queued"), now, rest).text, "2 of 3 images were not sent, and not charged.");
  assert.equal(change(run(2, "queued"), now, [run(0, "saved"), run(1, "cancelled")]), null);
});

test("nothing that stays as it is is told again", () => {
  for (const state of ["queued", "sent", "saved", "failed", "unknown", "cancelled"])
    assert.equal(change(run(0, state, { error }), run(0, state, { error })), null);
});

test("without news a card names what may have been charged, and only what was sent", () => {
  assert.match(saidAway(run(0, "sent"), false), /may have been charged/);
  assert.doesNotMatch(saidAway(run(0, "queued"), false), /charged/);
  assert.doesNotMatch(saidAway(run(0, "sent", { free: true }), false), /charged/);
  assert.match(saidAway(run(0, "sent"), true), /Log in/);
});
