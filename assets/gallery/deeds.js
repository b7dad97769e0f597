// What keys, clicks and the bar do to images: select, star, rate, tag, delete, restore, forget.
import { RATING_MAX } from "../shared/facts.js";
import { inRow, msg, msgN } from "../shared/language.js";
import { mark, markMany } from "../shared/marks.js";
import { toast } from "../shared/toast.js";
import { askToForget } from "../viewer/forgetting.js";

/**
 * What was asked of the grid: `from` where a range grows, `click` with the pointer, `key` without.
 *
 * @typedef {{ from?: number, click?: boolean, key?: boolean, rating?: number }} Given
 */
/** @typedef {"open" | "move" | "range" | "all" | "pick" | "delete" | "rate" | "star"} Act */

/** @param {unknown} error */
export const complain = (error) => toast(/** @type {AskError} */ (error).message, { urgent: true });

/**
 * The deeds. `leave(ids)` takes images out of sight before they have left (follow.js). `open(index)` shows an image large, `held()` says whether the focus is at the images or
 * the bar, `refocus()` puts it back to the images, `redraw()` shows what is so after a failure.
 *
 * @param {{
 *   list: import("./list.js").List,
 *   selection: import("./selection.js").Selection,
 *   inTrash: () => boolean,
 *   leave: (ids: string[]) => { ids: string[], answered: (how?: { refused: boolean }) => void },
 *   open: (index: number) => void,
 *   held: () => boolean,
 *   refocus: () => void,
 *   redraw: () => void,
 * }} gallery
 */
export function makeDeeds({ list, selection, inTrash, leave, open, held, refocus, redraw }) {
  let last = Promise.resolve();

  /**
   * Carry out what was asked for at `index`. Stars and ratings one after another: each is reckoned
   * from what the one before has left.
   *
   * @param {Act} name
   * @param {number} index
   * @param {Given} given
   */
  function act(name, index, given = {}) {
    if (name !== "star" && name !== "rate") return carryOut(name, index, given);
    last = last.then(() => carryOut(name, index, given));
    return last;
  }

  /**
   * @param {Act} name
   * @param {number} index
   * @param {Given} given
   */
  async function carryOut(name, index, given) {
    try {
      if (name === "open") open(index);
      else if (name === "move") selection.moved(index);
      else if (name === "range") await selection.reach(index, given.click ? undefined : given.from);
      else if (name === "all") await selection.selectAll();
      else if (name === "pick") await selection.toggle(index);
      else if (name === "delete") await (inTrash() ? null : onChosen(index, { deleted: true }));
      else if (name === "rate") await onChosen(index, { rating: given.rating });
      else if (given.key && selection.size) {
        await apply({ starred: selection.all || !selection.records.every((record) => record.starred) });
      } else {
        const record = await list.load(index);
        if (record) await mark(record.id, { starred: !record.starred });
      }
    } catch (error) {
      complain(error);
      redraw();
    }
  }

  /**
   * Change the selection, or the image at `index` where nothing is selected.
   *
   * @param {number} index
   * @param {Changes} changes
   */
  async function onChosen(index, changes) {
    if (selection.size) return apply(changes);
    const record = await list.load(index);
    if (!record) return null;
    return changes.deleted ? apply(changes, { ids: [record.id] }) : mark(record.id, changes);
  }

  /**
   * Change what is selected, or `target`, and say so.
   *
   * @param {Changes} changes
   * @param {Target} target
   */
  async function apply(changes, target = selection.target()) {
    const inGrid = held();
    const moves = changes.deleted !== undefined;
    const going = moves && target.ids ? leave(target.ids) : null;
    if (moves) selection.clear();
    if (going && inGrid && list.total) refocus();
    if (going?.ids.length === 0) return going.answered(); // they are on their way already
    try {
      const { changed, undo } = await markMany(going ? { ids: going.ids } : target, changes);
      going?.answered();
      if (moves && !going && inGrid && list.total) refocus();
      if (moves && inGrid && !list.total) refocus(); // the last one
      toast(sayDone(changed, changes), { undo });
    } catch (error) {
      going?.answered({ refused: true });
      complain(error);
    }
  }

  /** Forget what is selected in the trash for good, once that is answered with yes. */
  function forget() {
    const inGrid = held();
    askToForget(selection.target(), selection.size, () => {
      selection.clear();
      if (inGrid && list.total) refocus();
    });
  }

  return { act, apply, forget };
}

/**
 * What was done to `count` images, or that all were so already.
 *
 * @param {number} count
 * @param {Changes} changes one kind of mark
 */
export function sayDone(count, changes) {
  const { deleted, starred, rating, add_tags: added, remove_tags: removed } = changes;
  const tags = inRow(added ?? removed ?? []);
  if (deleted === true)
    return count
      ? msgN("1 image moved to the trash", "{n} images moved to the trash", count)
      : msg("In the trash already");
  if (deleted === false)
    return count ? msgN("1 image restored", "{n} images restored", count) : msg("Restored already");
  if (starred === true) return count ? msgN("1 image starred", "{n} images starred", count) : msg("Starred already");
  if (starred === false)
    return count ? msgN("Star taken from 1 image", "Star taken from {n} images", count) : msg("None has a star");
  if (rating === 0)
    return count ? msgN("Rating taken from 1 image", "Rating taken from {n} images", count) : msg("None has a rating");
  if (rating !== undefined) {
    const rated = { rating, most: RATING_MAX };
    return count
      ? msgN("1 image rated {rating} of {most}", "{n} images rated {rating} of {most}", count, rated)
      : msg("Rated {rating} already", { rating });
  }
  if (added)
    return count
      ? msgN("1 image tagged {tags}", "{n} images tagged {tags}", count, { tags })
      : msg("Tagged {tags} already", { tags });
  return count
    ? msgN("Tag {tags} taken from 1 image", "Tag {tags} taken from {n} images", count, { tags })
    : msg("None is tagged {tags}", { tags });
}
