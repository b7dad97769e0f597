// When the gallery asks for news: every 4 s; after a failure again in 1, 2, 4, then every 8 s.

const NEWS_MS = 4000;
const FIRST_MS = 1000;
const LONGEST_MS = 8000;

/**
 * Call `turn()` at that pace, from now on. It is told what came of any question of the page.
 *
 * @param {() => void} turn
 */
export function makePace(turn) {
  /** @type {number | null} */
  let tries = null; // how often it was tried again since the first failure, null while all is well
  let timer = 0;

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(now, tries === null ? NEWS_MS : Math.min(LONGEST_MS, FIRST_MS * 2 ** tries));
  }

  /** Do not wait any longer. The next pause begins here: an answer may take until its end. */
  function now() {
    if (tries !== null) tries += 1;
    wait();
    turn();
  }

  wait();
  return {
    now,
    /** Whether the last question got no answer. */
    get broken() {
      return tries !== null;
    },
    failed() {
      if (tries !== null) return;
      tries = 0;
      wait();
    },
    answered() {
      if (tries === null) return;
      tries = null;
      wait();
    },
  };
}
