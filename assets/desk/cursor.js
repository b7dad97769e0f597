// Which idea and which picture the keys mean: one of each is marked, and one of the two lists is where
// one is. Pure; what is done with an item moves the mark to the one in its place.

/** @typedef {"line" | "gate"} Where */

class Cursor {
  /** @type {Record<Where, string[]>} */
  ids = { line: [], gate: [] };
  /** @type {Record<Where, string>} */
  marked = { line: "", gate: "" };
  /** @type {Where} */
  at = "line";

  /**
   * The lists as they are now.
   *
   * @param {Where} where
   * @param {string[]} ids
   */
  follow(where, ids) {
    const place = this.ids[where].indexOf(this.marked[where]);
    this.ids[where] = ids;
    if (!ids.includes(this.marked[where])) this.marked[where] = ids[Math.min(Math.max(place, 0), ids.length - 1)] ?? "";
    if (!this.marked[this.at]) this.cross();
  }

  /** Go to the other list, where there is anything in it. */
  cross() {
    const other = this.at === "line" ? "gate" : "line";
    if (this.marked[other]) this.at = other;
  }

  /**
   * @param {Where} where
   * @param {string} id
   */
  mark(where, id) {
    if (!this.ids[where].includes(id)) return;
    this.at = where;
    this.marked[where] = id;
  }

  /**
   * Go on by so many in a list; at its end it begins anew where `round` says so.
   *
   * @param {Where} where
   * @param {number} by
   */
  step(where, by, round = false) {
    const ids = this.ids[where];
    if (!ids.length) return;
    const wanted = ids.indexOf(this.marked[where]) + by;
    const place = round ? (wanted + ids.length) % ids.length : Math.min(Math.max(wanted, 0), ids.length - 1);
    this.at = where;
    this.marked[where] = ids[place];
  }
}

export const makeCursor = () => new Cursor();
