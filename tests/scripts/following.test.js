// All tabs of a browser follow their jobs over one stream, and no tab waits for a stream that died.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { settled } from "./server.js";

const RUN = { id: "r", index: 0, state: "sent" };
const JOB = { id: "a".repeat(32), runs: [RUN] };
const SAVED = { ...RUN, state: "saved" };

/** @type {{ jobs: object[] } | null} */
let answer = { jobs: [] };
let asked = 0;
/** @type {Tab[]} */
let tabs = [];
/** @type {Stream[]} */
let streams = [];
/** @type {{ run: () => void, tab: Tab }[]} */
let queue = [];
let held = false;
let copies = 0;

class Stream extends EventTarget {
  constructor(url) {
    super();
    Object.assign(this, { url, open: true });
    streams.push(this);
  }
  close() {
    this.open = false;
  }
  say(told) {
    this.onmessage({ data: JSON.stringify(told) });
  }
}

/** One tab: a module of its own, with a document, a window, and the browser's lock and channel. */
class Tab {
  static async open({ locks = true } = {}) {
    const tab = new Tab();
    tab.page = Object.assign(new EventTarget(), { hidden: false });
    tab.window = new EventTarget();
    tab.heard = [];
    tab.settledTimes = 0;
    tab.locks = locks ? { request: (_, options, callback) => lock(tab, options.signal, callback) } : undefined;
    copies += 1;
    tab.enter();
    tab.module = await import(`../../assets/shared/following.js?${copies}`);
    tab.module.watchJobs({
      jobs: ({ jobs }) => tab.heard.push(...jobs.map((job) => job.id)),
      run: (job, run) => tab.heard.push(`${job[0]}:${run.state}`),
      settled: () => {
        tab.settledTimes += 1;
      },
    });
    tabs.push(tab);
    return tab;
  }
  /** Make this the tab whose globals the module finds. */
  enter() {
    globalThis.document = this.page;
    globalThis.addEventListener = this.window.addEventListener.bind(this.window);
    Object.defineProperty(globalThis, "navigator", { value: { locks: this.locks }, configurable: true });
  }
  do(act) {
    this.enter();
    return act(this.module);
  }
}

/** The browser's lock: given to one at a time, in order. */
function lock(tab, signal, callback) {
  return new Promise((resolve, reject) => {
    const entry = {
      tab,
      run: () => {
        held = true;
        tab.enter();
        Promise.resolve(callback()).then(() => {
          held = false;
          resolve(undefined);
          queue.shift()?.run();
        });
      },
    };
    signal.addEventListener("abort", () => {
      queue = queue.filter((other) => other !== entry);
      reject(new DOMException("", "AbortError"));
    });
    if (held) queue.push(entry);
    else entry.run();
  });
}

class Channel {
  static all = [];
  constructor() {
    this.tab = globalThis.document;
    Channel.all.push(this);
  }
  postMessage(data) {
    for (const other of Channel.all) if (other !== this) other.onmessage?.({ data });
  }
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  [answer, asked, tabs, streams, queue, held, Channel.all] = [{ jobs: [] }, 0, [], [], [], false, []];
  globalThis.CustomEvent = class extends Event {};
  globalThis.EventSource = Stream;
  globalThis.BroadcastChannel = Channel;
  globalThis.fetch = async () => {
    asked += 1;
    if (!answer) throw new TypeError("Failed to fetch");
    return { ok: true, status: 200, json: async () => answer };
  };
});
afterEach(() => mock.timers.reset());

const open = () => streams.filter((stream) => stream.open);

test("nothing runs: no stream, and no question", async () => {
  const tab = await Tab.open();
  await tab.do((m) => m.lookNow());
  mock.timers.tick(120_000);
  await settled();
  assert.equal(streams.length, 0);
  assert.equal(asked, 1);
});

test("the tab that starts a job holds the one stream, and the others hear of it", async () => {
  const [one, other] = [await Tab.open(), await Tab.open()];
  answer = { jobs: [JOB] };
  one.do((m) => m.jobStarted(JOB));
  await settled();
  other.enter();
  await settled();
  assert.equal(open().length, 1);
  assert.ok(other.heard.includes(JOB.id));
  answer = { jobs: [{ ...JOB, runs: [SAVED] }] };
  open()[0].say({ job: JOB.id, run: SAVED });
  assert.ok(one.heard.includes("a:saved"));
  assert.ok(other.heard.includes("a:saved"));
  assert.deepEqual([one.settledTimes, other.settledTimes], [1, 1]);
  assert.equal(open().length, 0);
});

test("a tab that is not seen holds nothing, and asks once it is seen", async () => {
  const tab = await Tab.open();
  answer = { jobs: [JOB] };
  tab.do((m) => m.jobStarted(JOB));
  await settled();
  assert.equal(open().length, 1);
  tab.page.hidden = true;
  tab.page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(open().length, 0);
  await settled();
  assert.equal(held, false);
  const before = asked;
  answer = { jobs: [{ ...JOB, runs: [SAVED] }] };
  tab.page.hidden = false;
  tab.page.dispatchEvent(new Event("visibilitychange"));
  await settled();
  assert.equal(asked, before + 1);
  assert.equal(tab.settledTimes, 1);
});

for (const [where, name] of [
  ["window", "online"],
  ["page", "playground:back"],
  ["page", "resume"],
]) {
  test(`${name} asks anew`, async () => {
    const tab = await Tab.open();
    tab.enter();
    tab[where].dispatchEvent(new Event(name));
    await settled();
    assert.equal(asked, 1);
  });
}

test("a page that comes back from the browser's memory asks anew", async () => {
  const tab = await Tab.open();
  tab.enter();
  tab.window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  await settled();
  assert.equal(asked, 1);
});

test("after 40 s without a word the stream is opened anew, but a beat is a word", async () => {
  let now = 0;
  mock.method(performance, "now", () => now);
  mock.method(Date, "now", () => now);
  const pass = async (seconds) => {
    for (let second = 0; second < seconds; second += 5) {
      now += 5000;
      mock.timers.tick(5000);
      await settled();
    }
  };
  const tab = await Tab.open();
  answer = { jobs: [JOB] };
  tab.do((m) => m.jobStarted(JOB));
  await settled();
  for (let i = 0; i < 4; i += 1) {
    await pass(15);
    open()[0].dispatchEvent(new Event("beat"));
  }
  assert.equal(streams.length, 1);
  await pass(45);
  assert.equal(asked, 1);
  assert.equal(streams.length, 2);
  now += 60_000; // the computer slept
  mock.timers.tick(5000);
  await settled();
  assert.equal(asked, 2);
  mock.restoreAll();
});

test("a stream that breaks is asked after, for as long as nobody answers", async () => {
  const tab = await Tab.open();
  answer = { jobs: [JOB] };
  tab.do((m) => m.jobStarted(JOB));
  await settled();
  answer = null;
  open()[0].onerror();
  mock.timers.tick(1000);
  await settled();
  mock.timers.tick(3000);
  await settled();
  assert.equal(asked, 2);
  answer = { jobs: [JOB] };
  mock.timers.tick(3000);
  await settled();
  assert.equal(open().length, 1);
});

test("where a browser has no locks, it asks once a second while something runs", async () => {
  const tab = await Tab.open({ locks: false });
  answer = { jobs: [JOB] };
  tab.do((m) => m.jobStarted(JOB));
  for (let i = 0; i < 3; i += 1) {
    mock.timers.tick(1000);
    await settled();
  }
  assert.equal(asked, 3);
  answer = { jobs: [{ ...JOB, runs: [SAVED] }] };
  mock.timers.tick(1000);
  await settled();
  mock.timers.tick(10_000);
  await settled();
  assert.equal(asked, 4);
  assert.equal(streams.length, 0);
  assert.equal(tab.settledTimes, 1);
});
