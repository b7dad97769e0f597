// Which images are selected: single ones by their ids, or all that match a query as one.
import { msg } from "../shared/language.js";

const LOADED_AT_MOST = 2000; // ids that are fetched to select a range or to leave one out of all

/** @typedef {ReturnType<typeof makeSelection>} Selection */

/**
 * A selection over `list`. `changed()` is called after each change, `said(text)` when one cannot be.
 *
 * @param {import("./list.js").List} list
 * @param {{ changed: () => void, said: (text: string) => void }} told
 */
export function makeSelection(list, { changed, said }) {
  /** @type {Map<string, ImageRecord>} */
  let records = new Map(); // by id, as last seen
  /** @type {{ query: string, count: number } | null} */
  let all = null;
  let anchor = 0;
  /** @type {Map<string, ImageRecord> | null} */
  let before = null; // what was selected when a range began to grow

  /**
   * @param {Map<string, ImageRecord>} next
   * @param {{ query: string, count: number } | null} whole
   */
  function set(next, whole = null) {
    [records, all] = [next, whole];
    changed();
  }

  /** The ids of all as single ones, or null where they are too many. */
  async function spread() {
    if (!all || list.total === null) return null;
    if (list.least) await list.counted();
    if (list.total > LOADED_AT_MOST) {
      said(msg("All {n} images are selected as one. Clear the selection to pick single ones.", { n: all.count }));
      return null;
    }
    return new Map((await list.range(0, list.total)).map((record) => [record.id, record]));
  }

  return {
    get size() {
      return all ? all.count : records.size;
    },
    get all() {
      return all !== null;
    },
    /** The selected records as far as they are known one by one. */
    get records() {
      return all ? list.held() : [...records.values()];
    },
    /** @param {string} id */
    has: (id) => all !== null || records.has(id),
    /**
     * What the routes take: {ids} or {query}.
     *
     * @returns {{ ids: string[], query?: undefined } | { ids?: undefined, query: string }}
     */
    target: () => (all ? { query: all.query } : { ids: [...records.keys()] }),
    clear() {
      before = null;
      if (all || records.size) set(new Map());
    },
    /** Select all that match, however many they are. Throws. */
    async selectAll() {
      if (list.least) await list.counted();
      before = null;
      // As of the list that is seen: what arrives meanwhile was not meant.
      const query = [list.query, `as_of=${list.asOf}`].filter(Boolean).join("&");
      set(new Map(), { query, count: list.total ?? 0 });
    },
    /**
     * Select the image at `index`, or not any more. Throws.
     *
     * @param {number} index
     */
    async toggle(index) {
      [anchor, before] = [index, null];
      const record = await list.load(index);
      if (!record) return;
      const next = all ? await spread() : new Map(records);
      if (next === null) return changed();
      if (!next.delete(record.id)) next.set(record.id, record);
      set(next);
    },
    /**
     * Select from where the last step was to `index`; the next call replaces this range. Throws.
     *
     * @param {number} index
     */
    async reach(index, from = anchor) {
      if (all) return;
      if (!before) [anchor, before] = [from, new Map(records)];
      const [low, high] = [Math.min(anchor, index), Math.max(anchor, index) + 1];
      if (high - low > LOADED_AT_MOST) {
        said(msg("A range holds at most {n} images. Ctrl+A selects all that match.", { n: LOADED_AT_MOST }));
        return;
      }
      const base = before;
      const found = await list.range(low, high);
      if (base === before) {
        const next = new Map(base);
        for (const record of found) next.set(record.id, record);
        set(next);
      }
    },
    /**
     * A step without Shift: ranges begin here.
     *
     * @param {number} index
     */
    moved(index) {
      [anchor, before] = [index, null];
    },
    /**
     * Take over the changed `record`.
     *
     * @param {ImageRecord} record
     */
    patch(record) {
      if (records.has(record.id)) records.set(record.id, record);
    },
    /**
     * Forget `ids`, which are gone.
     *
     * @param {string[]} ids
     */
    drop(ids) {
      before = null;
      if (ids.filter((id) => records.delete(id)).length) changed();
    },
  };
}
