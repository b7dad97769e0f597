// Keeps the gallery's list right while images are starred, rated, tagged, deleted and restored:
// in place, without a jump; and asked for anew where the change decides what is found.
import { hearOtherTabs } from "../shared/marks.js";
import { dependsOn } from "./address.js";

const COUNTED = ["deleted", "tags", "add_tags", "remove_tags"]; // what changes the facets

/**
 * Follow all changes of images, whoever makes them. `query()` is what the list shows; while `viewing()`
 * nothing is asked for anew, `settle()` makes up for it. `count(n)` tells of images more or less.
 *
 * @param {{
 *   list: import("./list.js").List,
 *   selection: import("./selection.js").Selection,
 *   query: () => URLSearchParams,
 *   draw: () => void,
 *   viewing: () => boolean,
 *   refreshFacets: () => void,
 *   count: (more: number) => void,
 * }} gallery
 */
export function followMarks({ list, selection, query, draw, viewing, refreshFacets, count }) {
  /** @type {Map<string, { index: number, record: ImageRecord }>} */
  const gone = new Map(); // by id, the place in the list that a deleted image had
  /** @type {Set<string>} */
  const leaving = new Set(); // out of sight, and the server has not answered yet
  let stale = false; // something changed that may change what is found, or in which order
  const inTrash = () => query().get("trash") === "1";

  document.addEventListener("playground:marked", ({ detail }) => {
    const changes = "undone" in detail ? detail.undone : detail.changes;
    if ("record" in detail) one(detail.record, changes);
    else if ("target" in detail) many(detail.target, changes, detail.answer);
    else undone(changes, detail.answer);
    if (COUNTED.some((name) => name in changes)) refreshFacets();
    if (dependsOn(query(), Object.keys(changes))) stale = true;
    if (!viewing()) settle();
    draw();
  });

  document.addEventListener("playground:forgotten", ({ detail: { ids } }) => {
    if (!ids) stale = true;
    else if (inTrash()) list.remove(ids);
    selection.drop(ids ?? []);
    for (const id of ids ?? []) gone.delete(id);
    refreshFacets();
    if (!viewing()) settle();
    draw();
  });

  hearOtherTabs(outdate);
  document.addEventListener("visibilitychange", outdate); // other devices and programs tell nobody

  /** What is seen may be marked otherwise by now; who does not look is told at the next look. */
  function outdate() {
    if (document.hidden) return;
    stale = true;
    refreshFacets();
    if (!viewing()) settle();
  }

  /**
   * @param {ImageRecord} record
   * @param {Changes} changes
   */
  function one(record, changes) {
    if ((record.deleted !== null) !== inTrash()) return takeOut([record.id]);
    if (changes.deleted !== undefined) putBack([record.id]);
    list.patch(record);
    return selection.patch(record);
  }

  /**
   * @param {Target} target
   * @param {Changes} changes
   * @param {Changed} answer
   */
  function many(target, changes, answer) {
    if (changes.deleted !== undefined) {
      if (answer.ids) takeOut(answer.ids);
      else stale = true;
    } else {
      const ids = target.ids && new Set(target.ids);
      const known = new Map([...selection.records, ...list.held()].map((record) => [record.id, record]));
      for (const record of known.values()) if (!ids || ids.has(record.id)) patch(record, changes);
    }
  }

  /**
   * What comes back is known by its ids; what it is now, the server says.
   *
   * @param {Changes} changes
   * @param {Changed} answer
   */
  function undone(changes, answer) {
    if (changes.deleted !== undefined && answer.ids) putBack(answer.ids);
    stale = true;
  }

  /**
   * @param {ImageRecord} record
   * @param {Changes} changes
   */
  function patch(record, changes) {
    const { starred = record.starred, rating = record.rating } = changes;
    const { add_tags: more = [], remove_tags: less = [] } = changes;
    const tags = [...new Set([...record.tags, ...more])].filter((tag) => !less.includes(tag));
    const next = { ...record, starred, rating, tags };
    list.patch(next);
    selection.patch(next);
  }

  /** @param {string[]} ids */
  function takeOut(ids) {
    const more = ids.filter((id) => !leaving.has(id));
    const here = ids.filter((id) => !leaving.has(id) || list.indexOf(id) >= 0); // another search may have it
    const known = here.length ? list.remove(here) : [];
    selection.drop(ids);
    count(inTrash() ? more.length : -more.length);
    for (const [index, record] of known ?? []) gone.set(record.id, { index, record });
  }

  /**
   * Images are back where they were: in their former places, then the server has the last word.
   *
   * @param {string[]} ids
   */
  function putBack(ids) {
    const known = ids.flatMap((id) => gone.get(id) ?? []).sort((a, b) => a.index - b.index);
    const deleted = inTrash() ? undefined : null;
    list.insert(known.map(({ index, record }) => [index, deleted === null ? { ...record, deleted } : record]));
    count(inTrash() ? -known.length : known.length);
    for (const id of ids) gone.delete(id);
    stale = true;
  }

  function settle() {
    if (stale) list.refresh();
    stale = false;
  }

  return {
    settle,

    /**
     * Images are about to leave: they go at once, so that the next press means the next image.
     * Returns those that are not leaving already, and what to call when the server has answered,
     * with whether it refused.
     *
     * @param {string[]} ids
     */
    leave(ids) {
      const here = ids.filter((id) => !leaving.has(id));
      const go = list.pause();
      takeOut(here);
      for (const id of here) leaving.add(id);
      draw();
      return {
        ids: here,
        answered({ refused = false } = {}) {
          for (const id of here) leaving.delete(id);
          if (refused) putBack(here);
          go();
          if (refused && !viewing()) settle();
          draw();
        },
      };
    },
  };
}
