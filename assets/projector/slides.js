// Pictures in turn, by themselves: a search of the gallery, chosen images, or the room's wall.
import { ask } from "../shared/ask.js";
import { FILTERS } from "../shared/facts.js";

const EACH_MS = 8000;
const EACH_LEAST_S = 2; // faster is no showing, and could flash
const AGAIN_MS = 3000;
const PART = 50; // images that are asked for at once

/**
 * A row of pictures: `record(index)` is null where there is none (any more), and throws without an answer.
 *
 * @typedef {{ total: () => Promise<number>, record: (index: number) => Promise<StagePicture | null> }} SlideRow
 */

/**
 * What the address asks for, as a row; null where it asks for none.
 *
 * @param {URLSearchParams} asked
 * @returns {SlideRow | null}
 */
export function rowOf(asked) {
  if (asked.get("slides") !== "1") return null;
  const ids = (asked.get("ids") ?? "").split(",").filter(Boolean);
  return ids.length ? ofImages(ids) : ofSearch(asked);
}

/**
 * How long each is shown, in ms.
 *
 * @param {URLSearchParams} asked
 */
export const eachOf = (asked) => {
  const seconds = Number(asked.get("seconds"));
  return seconds >= EACH_LEAST_S && seconds <= 3600 ? 1000 * seconds : EACH_MS;
};

/**
 * @param {string[]} ids
 * @returns {SlideRow}
 */
function ofImages(ids) {
  return {
    total: async () => ids.length,
    record: async (index) => {
      try {
        return asPicture((await ask(`/api/images/${ids[index]}`)).record);
      } catch (error) {
        if (/** @type {AskError} */ (error).refused) return null;
        throw error;
      }
    },
  };
}

/**
 * A part of the search is held. Its end asks anew, so that what was made meanwhile comes with the next round.
 *
 * @param {URLSearchParams} asked
 * @returns {SlideRow}
 */
function ofSearch(asked) {
  const query = new URLSearchParams();
  for (const name of FILTERS) for (const value of asked.getAll(name)) if (value) query.append(name, value);
  /** @type {{ from: number, page: Page } | null} */
  let held = null;

  /** @param {number} index */
  async function load(index) {
    const from = index - (index % PART);
    const whole = new URLSearchParams(query);
    whole.set("offset", String(from));
    whole.set("limit", String(PART));
    if (held && index) whole.set("as_of", String(held.page.as_of));
    held = { from, page: await ask(`/api/images?${whole}`) };
  }

  return {
    async total() {
      if (!held) await load(0);
      return held?.page.total ?? 0;
    },
    async record(index) {
      const at = () => (held ? index - held.from : -1);
      if (index === 0 || at() < 0 || at() >= PART) await load(index);
      const found = held?.page.images[at()];
      return found ? asPicture(found) : null;
    },
  };
}

/**
 * @param {ImageRecord} record
 * @returns {StagePicture}
 */
const asPicture = ({ id, prompt }) => ({
  id,
  image: id,
  prompt,
  name: "",
  seconds: null,
  price_usd: null,
  recorded: false,
});

/**
 * The show of a row. `show(picture)` resolves to whether it could be shown, `told()` says that any of
 * `stand` has changed.
 *
 * @param {{ each: number, show: (picture: StagePicture) => Promise<boolean>, told: () => void }} how
 */
export function makeSlides({ each, show, told }) {
  /** @type {SlideRow | null} */
  let row = null;
  let [at, timer, turn] = [0, 0, 0];
  let [paused, empty, away] = [false, false, false];

  /** @param {number} index */
  async function go(index) {
    clearTimeout(timer);
    turn += 1;
    const [mine, of] = [turn, row];
    if (!of) return;
    at = index; // who presses twice goes two on, though the first is not here yet
    try {
      const total = await of.total();
      const to = total ? ((index % total) + total) % total : 0;
      const picture = total ? await of.record(to) : null;
      if (mine !== turn) return;
      [at, empty, away] = [to, total === 0, false];
      if (picture) await show(picture);
      if (mine === turn) plan(picture || total === 0 ? each : 0, 1);
    } catch (error) {
      if (mine !== turn) return;
      // A search that is none finds nothing; else there is no answer, and what was shown stays.
      empty = Boolean(/** @type {AskError} */ (error).refused);
      away = !empty;
      plan(AGAIN_MS, 0);
    }
    told();
  }

  /**
   * @param {number} pause
   * @param {number} step
   */
  function plan(pause, step) {
    clearTimeout(timer);
    if (!paused || away) timer = setTimeout(() => go(at + step), Math.max(pause, 200));
  }

  return {
    /** Whether it rests, whether there is nothing to show, and whether there is no answer. */
    get stand() {
      return { on: row !== null, paused, empty, away };
    },
    /** @param {SlideRow} next */
    start(next) {
      row = next;
      go(0);
    },
    stop() {
      clearTimeout(timer);
      turn += 1;
      row = null;
      paused = false;
      told();
    },
    pause() {
      if (!row) return;
      paused = !paused;
      if (paused) clearTimeout(timer);
      else go(at + 1);
      told();
    },
    /** @param {number} step */
    by: (step) => void go(at + step),
  };
}
