// Keeps the gallery's list right while images are starred, rated, tagged, deleted and restored:
// in place, without a jump; and asked for anew where the change decides what is found.
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
  /** @type {Map<string, { index: number, record: ImageRecord, when: string | null }>} */
  const gone = new Map(); // by id, the place in the list that a deleted image had
  let stale = false; // something changed that may change what is found, or in which order
  const inTrash = () => query().get("trash") === "1";

  document.addEventListener("playground:marked", ({ detail: { record, target, changes, answer } }) => {
    if (record) one(record, changes);
    else if (target && answer) many(target, changes, answer);
    if (COUNTED.some((name) => name in changes)) refreshFacets();
    if (dependsOn(query(), Object.keys(changes))) stale = true;
    if (!viewing()) settle();
    draw();
  });

  /**
   * @param {ImageRecord} record
   * @param {Changes} changes
   */
  function one(record, changes) {
    if ((record.deleted !== null) !== inTrash()) return takeOut([record.id], record.deleted);
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
    if (target.trashed_at) {
      putBack([...gone].filter(([, place]) => place.when === target.trashed_at).map(([id]) => id));
    } else if (changes.deleted !== undefined) {
      if (target.ids) takeOut(target.ids, answer.trashed_at);
      else stale = true;
    } else {
      const ids = target.ids && new Set(target.ids);
      const known = new Map([...selection.records, ...list.held()].map((record) => [record.id, record]));
      for (const record of known.values()) if (!ids || ids.has(record.id)) patch(record, changes);
    }
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

  /**
   * @param {string[]} ids
   * @param {string | null} when
   */
  function takeOut(ids, when) {
    const known = list.remove(ids);
    selection.drop(ids);
    count(inTrash() ? ids.length : -ids.length);
    for (const [index, record] of known ?? []) gone.set(record.id, { index, record, when });
  }

  /**
   * Images are back from the trash: to their former places, then the server has the last word.
   *
   * @param {string[]} ids
   */
  function putBack(ids) {
    const known = ids.flatMap((id) => gone.get(id) ?? []).sort((a, b) => a.index - b.index);
    if (!inTrash()) {
      list.insert(known.map(({ index, record }) => [index, { ...record, deleted: null }]));
    }
    count(known.length);
    for (const id of ids) gone.delete(id);
    stale = true;
  }

  function settle() {
    if (stale) list.refresh();
    stale = false;
  }

  return { settle };
}
