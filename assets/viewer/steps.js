// What is open over a page is a step of its history, with an address of its own: Back closes it, and
// Forward, a reload or a link open it again. A page that does not name it in its address has none.

/** @typedef {"viewer" | "stage" | "compare"} Over */
/** @typedef {{ name: string, open: (value: string) => void }} Named */
/** @typedef {{ value: string, was: Set<string>, close: () => void, there: boolean }} Step */

const TURN_MS = 200; // browsers refuse hundreds of addresses in a few seconds

/** @type {Map<Over, Named>} */
const named = new Map();
/** @type {Map<Over, Step>} */
const steps = new Map(); // what is open, the topmost last
/** @type {Promise<void> | null} */
let leaving = null; // a step back is under way
let arrived = () => {};
let timer = 0;

/** @param {Over} over */
const asked = (over) => new URLSearchParams(location.search).get(named.get(over)?.name ?? "");

/**
 * This address with another value for `over`; null takes it out.
 *
 * @param {Over} over
 * @param {string | null} value
 */
function address(over, value) {
  const all = new URLSearchParams(location.search);
  const name = named.get(over)?.name ?? "";
  if (value === null) all.delete(name);
  else all.set(name, value);
  return `${location.pathname}${all.size ? `?${all.toString().replaceAll("%2C", ",")}` : ""}`;
}

/** @param {Over} over */
const put = (over) => history.replaceState(history.state, "", address(over, steps.get(over)?.value ?? null));

/** Let the address name what is shown by now. */
function catchUp() {
  clearTimeout(timer);
  if (leaving) return;
  for (const [over, { value }] of steps) if (asked(over) !== null && asked(over) !== value) put(over);
}

/**
 * Keep what is open in the page's address, under these names; `open(value)` opens it by its value
 * there. What the address names now is opened by `openAsked`.
 *
 * @param {{ [over in Over]: Named }} names
 */
export function watchSteps(names) {
  for (const [over, one] of Object.entries(names)) named.set(/** @type {Over} */ (over), one);
  addEventListener("popstate", () => {
    clearTimeout(timer);
    arrived();
    for (const [over, step] of [...steps].reverse()) {
      // It may show something else by now than when what is over it was opened.
      if (step.was.has(asked(over) ?? "") || !step.there) continue;
      steps.delete(over);
      step.close();
    }
    catchUp();
    openAsked();
  });
  addEventListener("pagehide", catchUp);
}

/** Open what the address names. */
export function openAsked() {
  for (const [over, { open }] of named) {
    const value = asked(over);
    if (value && !steps.has(over)) open(value);
  }
}

/**
 * Whether the address still names this.
 *
 * @param {Over} over
 * @param {string} value
 */
export const isAsked = (over, value) => asked(over) === value;

/**
 * Whether the address names one that is not open: it may be on its way.
 *
 * @param {Over} over
 */
export const isComing = (over) => asked(over) !== null && !steps.has(over);

/**
 * What the address names cannot be opened: it names it no more.
 *
 * @param {Over} over
 */
export function forget(over) {
  if (!steps.has(over)) history.replaceState(history.state, "", address(over, null));
}

/**
 * Make what has been opened a step; `close()` closes it when one goes back.
 *
 * @param {Over} over
 * @param {string} value
 * @param {() => void} close
 */
export function enter(over, value, close) {
  const mine = { value, was: new Set([value]), close, there: false }; // in the address: not before a step back has come
  const here = () => steps.get(over) === mine;
  if (named.has(over)) {
    steps.set(over, mine);
    if (leaving) leaving.then(push);
    else push();
  }

  function push() {
    if (!here()) return;
    mine.there = true;
    if (asked(over) === mine.value) return;
    catchUp();
    history.scrollRestoration = "manual"; // going back, the page stays as it is
    const pushed = [...(history.state?.over ?? []), over];
    history.pushState({ ...history.state, over: pushed }, "", address(over, mine.value));
  }

  return {
    /**
     * Something else is shown there now.
     *
     * @param {string} next
     */
    turn(next) {
      if (!here() || next === mine.value) return;
      mine.value = next;
      mine.was.add(next);
      clearTimeout(timer);
      timer = setTimeout(catchUp, TURN_MS);
    },
    /** It was closed: go back to the step before it, if there is one. */
    leave() {
      if (!here()) return;
      steps.delete(over);
      if (asked(over) === null) return;
      if (history.state?.over?.at(-1) !== over) return history.replaceState(history.state, "", address(over, null));
      leaving ??= new Promise((done) => {
        arrived = () => {
          leaving = null;
          arrived = () => {};
          done();
        };
      });
      history.back();
    },
  };
}
