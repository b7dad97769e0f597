// A press leaves within five seconds or not at all, and is known by what its request holds.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { settled } from "./server.js";

/** @type {{ path: string, signal: AbortSignal, answer: (status: number) => void, break: () => void }[]} */
let sent = [];
/** @type {typeof import("../../assets/shared/taken_back.js")} */
let press;
/** @type {EventTarget} */
let page;

globalThis.CustomEvent = class extends Event {};
page = new EventTarget();
globalThis.document = Object.assign(page, { hidden: false });
globalThis.addEventListener = () => {};
mock.timers.enable({ apis: ["setTimeout"] });
const connection = await import("../../assets/shared/connection.js");
globalThis.fetch = (path, { signal } = {}) =>
  new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    sent.push({ path, signal, answer: (status) => resolve({ status }), break: () => reject(new TypeError("gone")) });
  });
connection.watchConnection();
press = await import("../../assets/shared/taken_back.js");

beforeEach(() => {
  sent = [];
});
const post = (body) => fetch("/gradio_api/run/predict", { method: "POST", body });

test("a press that gets no answer within 5 s is taken back, and its sender gets what stands in", async () => {
  press.pressed("token-1", (late) => ({ late }));
  const answer = post('{"data":["token-1"]}');
  mock.timers.tick(4900);
  await settled();
  assert.equal(sent[0].signal.aborted, false);
  mock.timers.tick(200);
  assert.deepEqual(await answer, { late: true });
  assert.equal(sent[0].signal.aborted, true);
  assert.equal(press.wentUnanswered("token-1"), true);
});

test("a press without an answer is known to be none until it is answered", async () => {
  press.pressed("token-2", (late) => ({ late }));
  const first = post('["token-2"]');
  sent[0].break();
  assert.deepEqual(await first, { late: false });
  sent.find((question) => question.path === "/api/status")?.answer(200); // asked because of it
  await settled();
  press.pressed("token-2", (late) => ({ late }));
  const again = post('["token-2"]');
  sent.at(-1).answer(200);
  assert.deepEqual(await again, { status: 200 });
  assert.equal(press.wentUnanswered("token-2"), false);
});

test("without a stand-in its sender is told of an error, as of any lost connection", async () => {
  press.pressed("token-3");
  const answer = post('["token-3"]');
  mock.timers.tick(5000);
  await assert.rejects(answer, TypeError);
});

test("what is no press may take its time", async () => {
  const answer = post('["another"]');
  mock.timers.tick(60_000);
  await settled();
  for (const question of sent) question.answer(200); // one of them asked whether anybody is there
  assert.deepEqual(await answer, { status: 200 });
  await settled();
});

test("whoever begins to do something learns before the press whether anybody answers", async () => {
  let now = performance.now();
  mock.method(performance, "now", () => now);
  now += 4000;
  page.dispatchEvent(new Event("focusin"));
  assert.equal(sent.at(-1)?.path, "/api/status");
  sent.at(-1).answer(200);
  await settled();
  const before = sent.length;
  page.dispatchEvent(new Event("keydown"));
  assert.equal(sent.length, before, "it answered a moment ago");
  mock.restoreAll();
});
