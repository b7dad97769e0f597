// What keys, clicks and the bar do to images: select, star, rate, tag, delete, restore.
import { mark, markMany } from "../shared/marks.js";
import { toast } from "../shared/toast.js";
import { images } from "../shared/words.js";

/**
 * What was asked of the grid: `from` where a range grows, `click` with the pointer, `key` without.
 *
 * @typedef {{ from?: number, click?: boolean, key?: boolean, rating?: number }} Given
 */
/** @typedef {"open" | "move" | "range" | "all" | "pick" | "delete" | "rate" | "star"} Act */

/** @param {unknown} error */
export const complain = (error) => toast(/** @type {AskError} */ (error).message, { urgent: true });

/**
 * The deeds. `open(index)` shows an image large, `held()` says whether the focus is at the images or
 * the bar, `refocus()` puts it back to the images, `redraw()` shows what is so after a failure.
 *
 * @param {{
 *   list: import("./list.js").List,
 *   selection: import("./selection.js").Selection,
 *   inTrash: () => boolean,
 *   open: (index: number) => void,
 *   held: () => boolean,
 *   refocus: () => void,
 *   redraw: () => void,
 * }} gallery
 */
export function makeDeeds({ list, selection, inTrash, open, held, refocus, redraw }) {
  /**
   * Carry out what was asked for at `index`.
   *
   * @param {Act} name
   * @param {number} index
   * @param {Given} given
   */
  async function act(name, index, given = {}) {
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
    try {
      const { changed, trashed_at: trashedAt } = await markMany(target, changes);
      if (changes.deleted !== undefined) {
        selection.clear();
        if (inGrid && list.total) refocus();
      }
      if (changes.deleted) {
        const undo = () => markMany({ trashed_at: trashedAt }, { deleted: false }).catch(complain);
        toast(`${images(changed)} moved to the trash`, { action: "Undo", onaction: undo });
      } else if (changes.deleted === false) toast(`${images(changed)} restored`);
      else if (changed > 1) toast(`${images(changed)} changed`);
    } catch (error) {
      complain(error);
    }
  }

  return { act, apply };
}
