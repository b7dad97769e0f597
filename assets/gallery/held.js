// The part of a long list that is at hand: records by their places, and where one is by its id.

/** @typedef {[index: number, record: ImageRecord][]} Places */

/** At most `most` records; each is as new as `version` was when it came. */
export function makeHeld(/** @type {number} */ most) {
  /** @type {Map<number, { record: ImageRecord, version: number }>} */
  let entries = new Map(); // by index
  /** @type {Map<string, number>} */
  let places = new Map(); // id -> index
  let version = 0; // what came with an older one is still shown, but asked for anew

  /** @param {number} index */
  function drop(index) {
    const old = entries.get(index);
    if (old && places.get(old.record.id) === index) places.delete(old.record.id);
    entries.delete(index);
  }

  /**
   * @param {number} index
   * @param {ImageRecord} record
   */
  function hold(index, record) {
    drop(index);
    entries.set(index, { record, version });
    places.set(record.id, index);
  }

  /**
   * Give all another place or none: `of(index)` returns the new one or -1.
   *
   * @param {(index: number) => number} of
   */
  function move(of) {
    const old = entries;
    entries = new Map();
    places = new Map();
    for (const [index, entry] of old) {
      const to = of(index);
      if (to < 0) continue;
      entries.set(to, entry);
      places.set(entry.record.id, to);
    }
  }

  return {
    /** @param {number} index */
    at: (index) => entries.get(index)?.record ?? null,
    /** @param {string} id */
    indexOf: (id) => places.get(id) ?? -1,
    records: () => [...entries.values()].map((entry) => entry.record),
    /** @param {number} index */
    fresh: (index) => entries.get(index)?.version === version,

    /** From now on all that is held has to be asked for anew. */
    outdate() {
      version += 1;
    },

    clear() {
      entries.clear();
      places.clear();
    },

    /**
     * Take in `records` from place `from` on, of a list of `total`; those far from `middle` go.
     *
     * @param {number} from
     * @param {ImageRecord[]} records
     * @param {{ total: number, middle: number }} list
     */
    put(from, records, { total, middle }) {
      for (const [offset, record] of records.entries()) hold(from + offset, record);
      for (const index of entries.keys()) if (index >= total) drop(index);
      if (entries.size <= most) return;
      const far = [...entries.keys()].sort((a, b) => Math.abs(b - middle) - Math.abs(a - middle));
      far.slice(0, entries.size - most).forEach(drop);
    },

    /**
     * Put the changed `record` where its former state is.
     *
     * @param {ImageRecord} record
     */
    patch(record) {
      const index = places.get(record.id);
      const entry = index === undefined ? undefined : entries.get(index);
      if (entry) entry.record = record;
    },

    /**
     * Take `ids` out and close the gaps; returns those whose place was known.
     *
     * @param {string[]} ids
     */
    remove(ids) {
      /** @type {Places} */
      const gone = [];
      for (const id of ids) {
        const index = places.get(id) ?? -1;
        const record = entries.get(index)?.record;
        if (record) gone.push([index, record]);
      }
      gone.sort((a, b) => a[0] - b[0]);
      const indexes = gone.map(([index]) => index);
      const taken = new Set(indexes);
      move((index) => (taken.has(index) ? -1 : index - before(indexes, index)));
      return gone;
    },

    /**
     * Undo `remove`: put what it returned into its former places; returns how many are back.
     *
     * @param {Places} gone
     */
    insert(gone) {
      const back = gone.filter(([, record]) => !places.has(record.id));
      for (const [index, record] of back) {
        move((at) => (at >= index ? at + 1 : at));
        hold(index, record);
      }
      return back.length;
    },
  };
}

/**
 * How many of the ascending `indexes` are below `index`.
 *
 * @param {number[]} indexes
 * @param {number} index
 */
function before(indexes, index) {
  let [low, high] = [0, indexes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indexes[middle] < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
