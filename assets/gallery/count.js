// How many images a list has, asked for by itself where the answers with the images do not say.
import { ask } from "../shared/ask.js";

const PAUSE_MS = 200; // the images come first

/**
 * A count; `address()` is where the number is asked for, `known(total)` is told it.
 *
 * @param {{ address: () => string, known: (total: number) => void }} list
 */
export function makeCount({ address, known }) {
  let due = false;
  let timer = 0;
  /** @type {{ stop: AbortController, done: Promise<void> } | null} */
  let asking = null;

  function forget() {
    clearTimeout(timer);
    timer = 0;
    asking?.stop.abort();
    asking = null;
  }

  /** Ask, once at a time. Throws. */
  function now() {
    if (asking) return asking.done;
    clearTimeout(timer);
    timer = 0;
    const stop = new AbortController();
    const done = ask(address(), { signal: stop.signal })
      .then(({ total }) => {
        if (asking !== mine) return;
        due = false;
        known(total);
      })
      .finally(() => {
        if (asking === mine) asking = null;
      });
    const mine = { stop, done };
    asking = mine;
    return done;
  }

  return {
    /** Whether the number is still to come. */
    get due() {
      return due;
    },

    /**
     * Say whether it is to be asked for; `anew` after a change of what is counted. Where that
     * fails, it is for the next answer to say so again.
     *
     * @param {boolean} yes
     */
    turn(yes, { anew = false } = {}) {
      if (yes && due && !anew && (timer || asking)) return;
      due = yes;
      forget();
      if (due) timer = setTimeout(() => now().catch(() => {}), PAUSE_MS);
    },

    /** Resolves once it is known. Throws. */
    async settled() {
      while (due)
        await now().catch((error) => {
          if (error.name !== "AbortError") throw error; // else it is asked for anew
        });
    },
  };
}
