// What runs, followed by all open tabs of a browser over one stream.
//
// A browser has six connections to a host, and a stream takes one. So one tab that is seen holds it
// (a lock that the browser gives on when the tab goes) and passes on what it hears; tabs that are
// not seen hold nothing and ask anew once they are seen. Over plain http on a LAN a browser has no
// locks: there each tab asks, once a second and as long as something runs.
import { getJson } from "./ask.js";
import { answering } from "./connection.js";
import { isLive } from "./jobs.js";
import { at } from "./place.js";

const LOCK = "playground:stream";
const SILENT_MS = 40_000; // the stream beats every 15 s (ui/routes/jobs.py): so long means it is dead
const WATCH_MS = 5000;
const SLEPT_MS = 20_000; // between two looks at the clock
const POLL_MS = 1000;
const BROKEN_MS = 1000; // after a stream broke: the program may be starting again
const UNANSWERED_MS = 3000;

/**
 * `jobs` hears of all jobs, when they were asked for; `run` of each change; `settled` when nothing
 * runs any more.
 *
 * @typedef {{ jobs: (answer: Jobs) => void, run: (jobId: string, run: Run) => void, settled?: () => void }} Listener
 * @typedef {{ job: string, run: Run } | "look" | "beat"} Told what tabs tell each other
 */

/** @type {Set<Listener>} */
const listeners = new Set();
/** @type {Map<string, Set<number>>} */
const live = new Map(); // the running jobs, with the places of the runs that are not ended
/** @type {Set<string>} */
const known = new Set(); // all jobs that were ever told of
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {EventSource | null} */
let source = null;
/** @type {(() => void) | null} */
let giveUp = null; // ends the wait for the lock, or gives the lock back
let holding = false;
let heardAt = 0;
let timer = 0;
let watching = 0;
let watchedAt = 0;
/** @type {Promise<void> | null} */
let looking = null;
let lookAgain = false;

/**
 * Follow all jobs of this visitor from now on. Returns how to stop.
 *
 * @param {Listener} listener
 */
export function watchJobs(listener) {
  listeners.add(listener);
  if (!channel) begin();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) release();
  };
}

/**
 * A job was started in this tab: follow it, here and in the other tabs.
 *
 * @param {Job} job
 */
export function jobStarted(job) {
  learn(job);
  tell("look");
  arrange();
}

/** Ask for all jobs now; one question at a time, and one more where something came up meanwhile. */
export function lookNow() {
  if (looking) {
    lookAgain = true;
    return looking;
  }
  looking = look().finally(() => {
    looking = null;
    if (!lookAgain) return;
    lookAgain = false;
    lookNow();
  });
  return looking;
}

async function look() {
  clearTimeout(timer);
  if (listeners.size === 0) return;
  /** @type {Jobs | null} */
  const answer = await getJson("/api/jobs");
  if (!answer) {
    if (answering()) timer = setTimeout(lookNow, UNANSWERED_MS); // else "playground:back" comes
    return;
  }
  heardAt = performance.now();
  const ran = live.size > 0;
  const followed = [...live.keys()].sort().join();
  live.clear();
  answer.jobs.forEach(learn);
  for (const listener of listeners) listener.jobs(answer);
  if (source && [...live.keys()].sort().join() !== followed) closeStream(); // it follows others
  arrange();
  if (ran) settle();
}

/** @param {Job} job */
function learn(job) {
  known.add(job.id);
  const places = job.runs.filter(isLive).map((run) => run.index);
  if (places.length) live.set(job.id, new Set(places));
  else live.delete(job.id);
}

/**
 * @param {string} jobId
 * @param {Run} run
 */
function take(jobId, run) {
  heardAt = performance.now();
  const places = live.get(jobId);
  if (places && !isLive(run)) places.delete(run.index);
  if (places?.size === 0) live.delete(jobId);
  for (const listener of listeners) listener.run(jobId, run);
  if (!known.has(jobId)) lookNow();
  if (places) settle();
}

/** Tell that nothing runs any more, once nothing does. */
function settle() {
  if (live.size) return;
  arrange();
  for (const listener of listeners) listener.settled?.();
}

/** Hold or seek the stream while something runs and this tab is seen, and only then. */
function arrange() {
  clearInterval(watching);
  if (live.size === 0 || document.hidden || listeners.size === 0) return release();
  watchedAt = Date.now();
  watching = setInterval(notice, WATCH_MS);
  if (!navigator.locks) {
    clearTimeout(timer);
    timer = setTimeout(lookNow, POLL_MS);
  } else if (holding) openStream();
  else if (!giveUp) seek();
}

/**
 * The stream is dead where nothing comes of it, nor of the tab that holds it, and may be where the
 * computer slept: ask. The clock of `performance` may stand still meanwhile, the other one may not.
 */
function notice() {
  const slept = Date.now() - watchedAt > SLEPT_MS;
  watchedAt = Date.now();
  if (!slept && performance.now() - heardAt < SILENT_MS) return;
  heardAt = performance.now();
  closeStream();
  lookNow();
}

function seek() {
  const waiting = new AbortController();
  giveUp = () => waiting.abort();
  heardAt = performance.now();
  navigator.locks
    .request(LOCK, { signal: waiting.signal }, () => {
      if (waiting.signal.aborted) return;
      holding = true;
      /** @type {Promise<void>} */
      const held = new Promise((resolve) => {
        giveUp = resolve;
      });
      arrange();
      return held;
    })
    .catch(() => {}); // given up before it was had
}

function release() {
  clearInterval(watching);
  closeStream();
  giveUp?.();
  giveUp = null;
  holding = false;
}

function openStream() {
  if (source && [...live.keys()].every((id) => source?.url.includes(id))) return;
  closeStream();
  const stream = new EventSource(at(`/api/events?${[...live.keys()].map((id) => `job=${id}`).join("&")}`));
  source = stream;
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    tell(told);
    take(told.job, told.run);
  };
  stream.addEventListener("beat", () => {
    heardAt = performance.now();
    tell("beat");
  });
  stream.addEventListener("end", () => {
    closeStream();
    tell("look"); // whoever has missed something
    lookNow();
  });
  stream.onerror = () => {
    closeStream(); // the browser would try again for itself, for ever
    clearTimeout(timer);
    timer = setTimeout(lookNow, BROKEN_MS);
  };
}

function closeStream() {
  source?.close();
  source = null;
}

/** @param {Told} told */
const tell = (told) => channel?.postMessage(told);

function begin() {
  channel = new BroadcastChannel("playground:jobs");
  channel.onmessage = ({ data: told }) => {
    if (document.hidden) return;
    if (told === "look") lookNow();
    else if (told === "beat") heardAt = performance.now();
    else take(told.job, told.run);
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? release() : lookNow()));
  document.addEventListener("playground:back", lookNow);
  document.addEventListener("resume", lookNow); // a tab that the browser had frozen
  addEventListener("online", lookNow);
  addEventListener("pagehide", release);
  addEventListener("pageshow", (event) => event.persisted && lookNow());
}
