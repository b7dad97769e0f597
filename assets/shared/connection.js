// Whether the program answers. Every question of a page is heard here, whoever asks it, and one
// place tries again: after 1, 2, 4, then every 8 s, for all. "playground:connection" tells of each
// change, "playground:back" that there are answers again: whoever missed something asks for it then.
import { at } from "./place.js";
import { hearClock } from "./press.js";

const PAUSES_MS = [1000, 2000, 4000, 8000];
const QUIET_MS = 15_000; // so long without any question, and one is asked: is it still there?
const FRESH_MS = 3000; // so long an answer says that the next one will come
const AWAY = [0, 502, 503, 504]; // no answer at all, or a proxy's words for that

/** @typedef {"answering" | "silent" | "logged out"} State */

/** @type {State} */
let state = "answering";
let since = "";
let tries = 0;
let heardAt = 0;
let timer = 0;
let leaving = false;
/** @type {typeof fetch} */
let send;
/** @typedef {(request: RequestInfo | URL, options?: RequestInit) => Promise<Response>} Send */
/** @type {(request: RequestInfo | URL, options: RequestInit | undefined, send: Send) => Promise<Response>} */
let between = (request, options, on) => on(request, options);
/** @type {Promise<void> | null} */
let probing = null;

export const answering = () => state === "answering";
export const loggedOut = () => state === "logged out";

/** When the program was found to be silent, as an ISO moment. */
export const silentSince = () => since;

/**
 * Let `handler` stand between whoever asks and what is heard here: it sends on, or answers itself.
 *
 * @param {typeof between} handler
 */
export function standBetween(handler) {
  between = handler;
}

/** Begin to listen, on each page once. */
export function watchConnection() {
  send = globalThis.fetch.bind(globalThis);
  /** @type {Send} */
  const listened = async (...args) => {
    try {
      const answer = await send(...args);
      heard(answer.status);
      return answer;
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "AbortError")) heard(0);
      throw error;
    }
  };
  globalThis.fetch = (request, options) => between(request, options, listened);
  // Whoever does something here is about to press: is anybody there to hear it?
  for (const name of ["pointerdown", "keydown", "focusin"]) {
    document.addEventListener(name, () => performance.now() - heardAt > FRESH_MS && answering() && tryNow());
  }
  addEventListener("pagehide", () => {
    leaving = true; // what is broken off now says nothing
  });
  addEventListener("pageshow", (event) => {
    leaving = false;
    if (event.persisted) tryNow();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !answering()) tryNow();
  });
  plan();
}

/** Ask once, now. */
export function tryNow() {
  probing ??= probe().finally(() => {
    probing = null;
  });
  return probing;
}

async function probe() {
  const status = await send(at("/api/status")).then(
    (answer) => {
      hearClock(answer);
      return answer.status;
    },
    () => 0,
  );
  become(AWAY.includes(status) ? "silent" : status === 401 ? "logged out" : "answering");
}

/** @param {number} status */
function heard(status) {
  if (leaving) return;
  if (status === 401) become("logged out");
  else if (!AWAY.includes(status)) become("answering");
  else if (answering()) tryNow(); // one question may fail for reasons of its own
}

/** @param {State} next */
function become(next) {
  heardAt = performance.now();
  const changed = next !== state;
  if (changed && next === "silent") since = new Date().toISOString();
  if (changed) tries = 0;
  state = next;
  plan();
  if (!changed) return;
  document.dispatchEvent(new CustomEvent("playground:connection"));
  if (answering()) document.dispatchEvent(new CustomEvent("playground:back"));
}

/** The next question of our own, unless an answer comes before. A hidden page asks none. */
function plan() {
  clearTimeout(timer);
  const pause = answering() ? QUIET_MS : PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)];
  timer = setTimeout(() => {
    tries += 1;
    if (document.hidden) plan();
    else tryNow();
  }, pause);
}
