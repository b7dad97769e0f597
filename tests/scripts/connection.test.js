// One voice for the connection: what it says after which answers, and how often it asks by itself.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { settled } from "./server.js";

/** @type {(path: string) => number} */
let answer = () => 200; // a status, 0 for no answer at all
/** @type {string[]} */
let asked = [];
/** @type {string[]} */
let told = [];
/** @type {typeof import("../../assets/shared/connection.js")} */
let connection;
let copies = 0;

class CustomEvent extends Event {}

/** Let `seconds` pass, in steps short enough for what follows on timers. */
async function pass(seconds) {
  for (let step = 0; step < seconds * 4; step += 1) {
    mock.timers.tick(250);
    await settled();
  }
}

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  asked = [];
  told = [];
  answer = () => 200;
  const page = new EventTarget();
  globalThis.document = Object.assign(page, { hidden: false });
  globalThis.addEventListener = () => {};
  globalThis.CustomEvent = CustomEvent;
  globalThis.fetch = async (path) => {
    asked.push(path);
    const status = answer(path);
    if (status === 0) throw new TypeError("Failed to fetch");
    return { status };
  };
  for (const name of ["connection", "back"]) page.addEventListener(`playground:${name}`, () => told.push(name));
  copies += 1;
  connection = await import(`../../assets/shared/connection.js?${copies}`); // its state is the page's
  connection.watchConnection();
});

const quietly = (path) => fetch(path).then(settled, settled);

test("a program without an answer is asked after 1, 2, 4, then every 8 s, and its return is told once", async () => {
  answer = () => 0;
  await quietly("/api/images");
  await settled();
  assert.equal(connection.answering(), false);
  assert.deepEqual(told, ["connection"]);
  assert.ok(Date.now() - Date.parse(connection.silentSince()) < 60_000);
  const before = asked.length;
  await pass(24);
  assert.equal(asked.length - before, 5); // after 1, 3, 7, 15 and 23 s
  answer = () => 200;
  await pass(8);
  assert.deepEqual(told, ["connection", "connection", "back"]);
});

test("one question that fails for reasons of its own says nothing of the program", async () => {
  answer = (path) => (path === "/api/metadata" ? 0 : 200);
  await quietly("/api/metadata");
  await settled();
  assert.equal(connection.answering(), true);
  assert.deepEqual(told, []);
  assert.deepEqual(asked, ["/api/metadata", "/api/status"]);
});

test("a proxy's 502 counts as no answer, a 500 of ours as one", async () => {
  answer = () => 500;
  await quietly("/api/images");
  assert.equal(connection.answering(), true);
  answer = () => 502;
  await quietly("/api/images");
  await settled();
  assert.equal(connection.answering(), false);
  assert.equal(connection.loggedOut(), false);
});

test("a 401 means logged out, at once, until something is answered again", async () => {
  answer = () => 401;
  await quietly("/api/images");
  assert.equal(connection.loggedOut(), true);
  answer = () => 200;
  await pass(1);
  assert.equal(connection.answering(), true);
  assert.deepEqual(told, ["connection", "connection", "back"]);
});

test("what is broken off by hand says nothing, and a hidden page asks nothing", async () => {
  globalThis.document.hidden = true;
  await pass(60);
  assert.deepEqual(asked, []);
  answer = () => {
    throw new DOMException("stopped", "AbortError");
  };
  await assert.rejects(fetch("/api/images"), { name: "AbortError" });
  await settled();
  assert.deepEqual(asked, ["/api/images"]);
  assert.equal(connection.answering(), true);
});

test("a page that has asked nothing for 15 s asks once whether anybody is there", async () => {
  await pass(14);
  assert.deepEqual(asked, []);
  await pass(2);
  assert.deepEqual(asked, ["/api/status"]);
  await pass(10);
  await quietly("/api/images");
  await pass(14);
  assert.deepEqual(asked, ["/api/status", "/api/images"]);
});
