// What a card says while its image is awaited, and what of a batch was not sent.
import assert from "node:assert/strict";
import { test } from "node:test";
import { restOf } from "../../assets/create/rest.js";
import { shareOf, waitingText } from "../../assets/create/waiting.js";

const SENT = { state: "sent", waits_until: null, waits_for: "" };
const said = (usual_s, waited_s, run = SENT) => waitingText(run, usual_s, waited_s, Date.parse("2026-01-31T12:00:00Z"));

test("an image under way says about how long it takes, then that it takes longer than usual", () => {
  assert.equal(said(2.1, 0), "Generating, about 2 s");
  assert.equal(said(2.1, 6.1), "Generating, about 2 s");
  assert.equal(said(2.1, 6.3), "Generating for 6 s, longer than usual");
  assert.equal(said(2.1, 125), "Generating for 2 min 5 s, longer than usual");
  assert.equal(said(0.38, 1), "Generating, about 0.4 s");
  assert.equal(said(0.004, 1), "Generating, about 0.1 s");
  assert.equal(said(0.97, 1), "Generating, about 1 s");
  assert.equal(said(13.37, 20), "Generating, about 13 s");
  assert.equal(said(59.7, 60), "Generating, about 1 min 0 s");
});

test("where nobody knows how long it takes nothing is promised", () => {
  assert.equal(said(null, 400), "Generating");
  assert.equal(said(undefined, 400), "Generating");
  assert.equal(shareOf(null, 400), 0);
});

test("what waits says for what, and until when", () => {
  assert.equal(said(2, 0, { ...SENT, state: "queued" }), "In line");
  const waits = { state: "queued", waits_for: "The platform asks for a pause.", waits_until: "2026-01-31T12:00:09.4Z" };
  assert.equal(said(2, 0, waits), "The platform asks for a pause. Goes on in 10 s.");
  assert.equal(
    said(2, 0, { ...waits, waits_for: "", waits_until: "2026-01-31T11:00:00Z" }),
    "Waiting. Goes on in 0 s.",
  );
});

test("the bar moves while an image is made, and is never full before it is there", () => {
  assert.equal(shareOf(2, 1), 0.5);
  assert.ok(shareOf(2, 1000) < 1);
});

const run = (id, state, more = {}) => ({
  id,
  state,
  dismissed: false,
  tried_again: null,
  unsent: state === "cancelled" ? "stopped" : null,
  ...more,
});
const tried = { run: "t", created: "2026-01-31T12:00:00Z", image: null };

test("what was not sent is one line, with a way to have it made", () => {
  assert.equal(restOf([run("a", "saved"), run("b", "failed"), run("c", "sent")]), null);
  const rest = restOf([run("a", "saved"), ...["b", "c"].map((id) => run(id, "cancelled"))]);
  assert.deepEqual([rest.text, rest.make, rest.left, rest.tried], ["2 were not sent.", "Make them", ["b", "c"], null]);
  const one = restOf([run("a", "cancelled")]);
  assert.deepEqual([one.text, one.make], ["1 was not sent.", "Make it"]);
});

test("it says why, where nobody has stopped it", () => {
  const all = (unsent) => restOf([run("a", "cancelled", { unsent }), run("b", "cancelled", { unsent })]).text;
  assert.equal(all("ended"), "2 were not sent: the program ended before.");
  assert.equal(all("failed"), "2 were not sent, because another one failed.");
  const one = (unsent) => restOf([run("a", "cancelled", { unsent })]).text;
  assert.equal(one("ended"), "1 was not sent: the program ended before.");
  assert.equal(one("failed"), "1 was not sent, because another one failed.");
});

test("what was asked for again is not offered once more; what was stopped then, is", () => {
  const made = restOf([run("a", "cancelled", { tried_again: tried }), run("b", "cancelled", { tried_again: tried })]);
  assert.deepEqual([made.left, made.tried, made.text], [[], tried, "2 were not sent."]);
  const some = restOf([run("a", "cancelled", { tried_again: tried }), run("b", "cancelled")]);
  assert.deepEqual([some.left, some.tried, some.text], [["b"], null, "1 was not sent."]);
});

test("what was put away is not counted", () => {
  assert.equal(restOf([run("a", "cancelled", { dismissed: true })]), null);
});
