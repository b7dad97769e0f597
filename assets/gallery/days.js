// The days of the images, as clocks here show them, and their names.
import { msg, region } from "../shared/language.js";

/** @param {string} iso */
const dayOf = (iso) => new Date(iso).toDateString();

/**
 * The days of a list, of whose images `at` knows some; their names change at midnight.
 *
 * @param {(index: number) => ImageRecord | null} at
 */
export function makeDays(at) {
  /** @type {Map<string, string>} */
  const names = new Map(); // to make one takes longer than all else of a cell
  let today = "";

  return {
    /** Whether it is another day than when this was last asked: then all names may be others. */
    turned() {
      const now = new Date().toDateString();
      if (now === today) return false;
      today = now;
      names.clear();
      return true;
    },

    /**
     * The name of a moment's day.
     *
     * @param {string} iso
     */
    name(iso) {
      this.turned();
      const day = dayOf(iso);
      let name = names.get(day);
      if (name === undefined) {
        name = nameOf(new Date(iso), new Date());
        if (names.size > 1000) names.clear();
        names.set(day, name);
      }
      return name;
    },

    /**
     * The name of the day that the image at `index` begins; "" where it begins none, or where the image
     * before is not known: then it is asked for, and all is drawn again.
     *
     * @param {number} index
     */
    begun(index) {
      const [image, before] = [at(index), at(index - 1)];
      if (!image || (index && !before)) return "";
      return before && dayOf(before.created) === dayOf(image.created) ? "" : this.name(image.created);
    },
  };
}

/**
 * @param {Date} moment
 * @param {Date} now
 */
function nameOf(moment, now) {
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (moment.toDateString() === now.toDateString()) return msg("Today");
  if (moment.toDateString() === yesterday.toDateString()) return msg("Yesterday");
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return moment.toLocaleDateString(region, { weekday: "short", day: "numeric", month: "short", year });
}
