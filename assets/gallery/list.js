// The images that match a query, as one list of any length. A bounded part of it is held, the rest
// is asked for by offset; `as_of` keeps the places as they are while new images are recorded.
// How many there are may come after the first images: until then `least` is true.

import { ask } from "../shared/ask.js";
import { PAGE_MAX } from "../shared/facts.js";
import { makeCount } from "./count.js";
import { makeHeld } from "./held.js";

const HELD = 2400; // records; about 2 MB
const PAUSE_MS = 200;
const AHEAD = 2; // how many windows are fetched beyond the one in sight

/** @typedef {ReturnType<typeof makeList>} List */

/**
 * A list; `changed()` is called when there is something new to draw, `failed(error)` at a failure.
 *
 * @param {{ changed: () => void, failed: (error: AskError) => void }} told
 */
export function makeList({ changed, failed }) {
  let query = "";
  /** @type {number | null} */
  let asOf = null;
  /** @type {number | null} */
  let total = null;
  const count = makeCount({
    address: () => address(0, 1, { exact: true }),
    known: (number) => {
      total = number;
      changed();
    },
  });
  const held = makeHeld(HELD);
  let wanted = [0, 0];
  let wantedAt = 0;
  let timer = 0;
  /** @type {{ from: number, to: number, stop: AbortController } | null} */
  let asking = null; // one question at a time, for what is in sight first
  /** @type {AbortController | null} */
  let opening = null;
  let due = false; // ask at any rate: nothing is known any more, not even how many there are
  let pauses = 0; // what is being changed at the server: an answer would not fit what is shown
  let failing = false; // the last question failed: the next is asked when the caller says so

  /**
   * @param {number} from
   * @param {number} limit
   * @param {{ q?: string, at?: number | null, exact?: boolean }} of
   */
  function address(from, limit, { q = query, at = asOf, exact = false } = {}) {
    const all = new URLSearchParams(q);
    all.set("offset", String(from));
    all.set("limit", String(limit));
    if (at !== null) all.set("as_of", String(at));
    if (!exact) all.set("total", "fast");
    return `/api/images?${all}`;
  }

  /**
   * @param {number} from
   * @param {Page} page
   */
  function put(from, page) {
    const anew = total === null;
    const other = page.total_is_least ? page.total > (total ?? 0) : page.total !== total;
    if (other && !anew && !count.due) held.outdate(); // somebody else changed something
    if (other || anew) total = page.total;
    asOf = page.as_of;
    held.put(from, page.images, { total: total ?? 0, middle: (wanted[0] + wanted[1]) / 2 });
    count.turn(page.total_is_least, { anew });
  }

  /**
   * The first stretch between `from` and `to` that has to be asked for, or null.
   *
   * @param {number} from
   * @param {number} to
   * @returns {[number, number] | null}
   */
  function gap(from, to) {
    let [a, b] = [Math.max(0, from), Math.min(to, total ?? to)];
    while (a < b && held.fresh(a)) a += 1;
    while (b > a && held.fresh(b - 1)) b -= 1;
    return a < b ? [a, Math.min(b, a + PAGE_MAX)] : null;
  }

  /** What to ask for next: what is in sight, then, after a pause for the pictures, what is around. */
  function next() {
    const [from, to] = wanted;
    const size = to - from;
    const now = gap(from, to);
    const later = now ? null : (gap(to, to + AHEAD * size) ?? gap(from - AHEAD * size, from));
    if (!later || performance.now() - wantedAt > PAUSE_MS) return now ?? later;
    clearTimeout(timer);
    timer = setTimeout(pump, PAUSE_MS);
    return null;
  }

  function halt() {
    asking?.stop.abort();
    asking = null;
  }

  async function pump() {
    if (opening || failing || pauses || total === null) return;
    const [a, b] = gap(wanted[0], wanted[1]) ?? [0, 0];
    if (asking && a < b && (a < asking.from || a >= asking.to)) halt(); // no longer what is in sight
    if (asking) return;
    const [from, to] = wanted;
    const stretch = due ? [from, Math.max(from + 1, Math.min(to, from + PAGE_MAX))] : next();
    if (!stretch) return;
    const mine = { from: stretch[0], to: stretch[1], stop: new AbortController() };
    asking = mine;
    try {
      const page = await ask(address(mine.from, mine.to - mine.from), { signal: mine.stop.signal });
      if (asking !== mine) return;
      asking = null;
      due = false;
      put(mine.from, page);
      changed();
      pump();
    } catch (error) {
      if (asking !== mine) return;
      asking = null;
      failing = true;
      failed(/** @type {AskError} */ (error));
    }
  }

  return {
    /** How many there are, null before the first answer. */
    get total() {
      return total;
    },
    /** Whether there may be more than `total`; then the number comes by itself. */
    get least() {
      return count.due;
    },
    /** Resolves to how many there are. Throws. */
    async counted() {
      await count.settled();
      return total ?? 0;
    },
    get query() {
      return query;
    },
    get asOf() {
      return asOf;
    },
    at: held.at,
    indexOf: held.indexOf,
    held: held.records,

    /**
     * Put the changed `record` where its former state is; an answer that is under way may have that.
     *
     * @param {ImageRecord} record
     */
    patch(record) {
      halt();
      held.patch(record);
      pump();
    },

    /** Ask nothing until the returned function is called: then the server knows what is shown. */
    pause() {
      pauses += 1;
      halt();
      return () => {
        pauses -= 1;
        pump();
      };
    },

    /**
     * Turn to the newest state of another query, from place `from` on; to none at all only once
     * `patience` has passed. Resolves to whether it did: a later call overtakes it. Throws what the
     * server says; then the former list stays.
     *
     * @param {string} q
     * @param {number} from
     * @param {{ limit?: number, patience?: (() => Promise<unknown>) | null }} how
     */
    async open(q, from = 0, { limit = 60, patience = null } = {}) {
      opening?.abort();
      halt();
      const mine = new AbortController();
      opening = mine;
      try {
        const page = await ask(address(from, limit, { q, at: null }), { signal: mine.signal });
        if (page.total === 0) await patience?.();
        if (opening !== mine) return false;
        query = q;
        due = failing = false;
        total = null;
        held.clear();
        put(from, page);
        return true;
      } catch (error) {
        if (opening === mine) throw error;
        return false;
      } finally {
        if (opening === mine) opening = null;
      }
    },

    /**
     * Say that the places `from` to `to` are in sight: they are fetched, then those around them.
     *
     * @param {number} from
     * @param {number} to
     */
    want(from, to) {
      if (from !== wanted[0] || to !== wanted[1]) wantedAt = performance.now();
      wanted = [from, to];
      pump();
    },

    /**
     * Resolve to the record at `index`, null where there is none. Throws.
     *
     * @param {number} index
     */
    async load(index) {
      if (total === null || index < 0 || index >= total) return null;
      if (!held.fresh(index)) await this.range(Math.max(0, index - 10), Math.min(total, index + 30));
      return this.at(index);
    },

    /**
     * Resolve to the records from `from` to `to`. Throws.
     *
     * @param {number} from
     * @param {number} to
     */
    async range(from, to) {
      /** @type {ImageRecord[]} */
      const found = [];
      for (let start = from; start < to; start += PAGE_MAX) {
        const end = Math.min(to, start + PAGE_MAX);
        if (gap(start, end)) {
          const page = await ask(address(start, end - start));
          put(start, page);
          found.push(...page.images);
        } else for (let index = start; index < end; index += 1) found.push(/** @type {ImageRecord} */ (this.at(index)));
      }
      return found;
    },

    /**
     * Take `ids` out; returns [index, record] of each, or null where some had no known place.
     *
     * @param {string[]} ids
     */
    remove(ids) {
      halt();
      const gone = held.remove(ids);
      total = (total ?? 0) - gone.length;
      count.turn(count.due, { anew: true });
      if (gone.length === ids.length) return gone;
      held.outdate();
      return null;
    },

    /**
     * Undo `remove`: put what it returned into its former places.
     *
     * @param {import("./held.js").Places} gone
     */
    insert(gone) {
      const back = held.insert(gone);
      if (back) halt();
      total = (total ?? 0) + back;
      count.turn(count.due, { anew: true });
    },

    /**
     * Ask anew for all that is held, and show the former state until the answer is here.
     * After a failure nothing is asked until this or `open` is called: it is for the caller to pause.
     */
    refresh() {
      held.outdate();
      due = true;
      failing = false;
      halt();
      pump();
    },

    /**
     * Resolve to {total, as_of} as they are now. Throws.
     *
     * @returns {Promise<Page>}
     */
    news: async () => {
      const now = await ask(address(0, 1, { at: null }));
      return now.total_is_least ? ask(address(0, 1, { at: null, exact: true })) : now;
    },
  };
}
