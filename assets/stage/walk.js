// What the stage goes through, by hand or by itself as images are made. It draws nothing.

/**
 * @typedef {object} Stand where one is
 * @property {StageImage | null} image the last one that could be had
 * @property {number} at its place in the row, from 0
 * @property {number} total
 * @property {number} making how many images are being made
 * @property {boolean} live whether new images are told of
 * @property {boolean} following whether the next one comes by itself
 */

/** @type {StageSource} */
const NOTHING = { total: () => 0, record: async () => null, index: 0 };

/**
 * `show(image, fresh)` shows another image, `fresh` one that came by itself; `told()` says that
 * anything of `stand` has changed. An image that cannot be had changes nothing of what is shown.
 *
 * Who goes back to an older image keeps it: the next one waits until the front is shown again.
 *
 * @param {{ show: (image: StageImage, fresh: boolean) => void, told: () => void }} stage
 */
export function makeWalk({ show, told }) {
  let source = NOTHING;
  /** @type {StageImage | null} */
  let image = null;
  /** @type {string | null} */
  let newest = null;
  let [at, making, turn] = [0, 0, 0];
  let [following, loading] = [false, false];
  let unwatch = () => {};

  /** The place of what is shown: others may have come before it. */
  function place() {
    const now = image && !loading ? (source.indexOf?.(image.id) ?? -1) : -1;
    if (now >= 0) at = now;
    return at;
  }

  /** @param {number} to */
  async function go(to) {
    if (to < 0 || to >= source.total()) return;
    turn += 1;
    const mine = turn;
    [at, loading] = [to, true];
    told();
    const found = await source.record(to).catch(() => null);
    if (mine !== turn) return;
    loading = false;
    if (found) {
      image = found;
      following = Boolean(source.watch) && (to === 0 || found.id === newest || following);
      show(found, false);
    }
    told();
  }

  /** @param {{ making: number, made?: StageImage }} now */
  function hear(now) {
    making = now.making;
    if (now.made) newest = now.made.id;
    if (now.made && following) {
      turn += 1;
      loading = false;
      image = now.made;
      place();
      show(image, true);
    }
    told();
  }

  return {
    /** @returns {Stand} */
    get stand() {
      return { image, at: place(), total: source.total(), making, live: Boolean(source.watch), following };
    },
    /**
     * Begin at `next.index`, and follow what is made if `next` tells of it.
     *
     * @param {StageSource} next
     */
    follow(next) {
      unwatch();
      turn += 1;
      source = next;
      [image, newest, making, at, loading] = [null, null, 0, next.index, false];
      following = Boolean(next.watch);
      unwatch = next.watch?.(hear) ?? (() => {});
      told();
      return go(next.index);
    },
    /**
     * Go on or back by hand.
     *
     * @param {number} step
     */
    by(step) {
      const to = place() + step;
      if (to < 0 || to >= source.total()) return;
      following = false;
      go(to);
    },
    first() {
      following = false;
      go(0);
    },
    last() {
      following = false;
      go(source.total() - 1);
    },
    /** Show what was made last, and from now on what is made. */
    latest() {
      following = Boolean(source.watch);
      go(Math.max(0, newest === null ? 0 : (source.indexOf?.(newest) ?? 0)));
    },
    stop: () => unwatch(),
  };
}
