// Keeps the gallery's list right while images are starred, rated, tagged, deleted and restored:
// in place, without a jump; and asked for anew where the change decides what is found.
import { dependsOn } from "./address.js";

const COUNTED = ["deleted", "tags", "add_tags", "remove_tags"]; // what changes the facets

/**
 * Follow all changes of images, whoever makes them. `query()` is what the list shows; while `viewing()`
 * nothing is asked for anew, `settle()` makes up for it. `count(n)` tells of images more or less.
 */
export function followMarks({ list, selection, query, draw, viewing, refreshFacets, count }) {
  const gone = new Map(); // id -> the place in the list that a deleted image had
  let stale = false; // something changed that may change what is found, or in which order
  const inTrash = () => query().get("trash") === "1";

  document.addEventListener("playground:marked", ({ detail: { record, target, changes, answer } }) => {
    if (record) one(record, changes);
    else many(target, changes, answer);
    if (COUNTED.some((name) => name in changes)) refreshFacets();
    if (dependsOn(query(), Object.keys(changes))) stale = true;
    if (!viewing()) settle();
    draw();
  });

  function one(record, changes) {
    if ((record.deleted !== null) !== inTrash()) return takeOut([record.id], record.deleted);
    if (changes.deleted !== undefined) putBack([record.id]);
    list.patch(record);
    return selection.patch(record);
  }

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

  function patch(
    record,
    { starred = record.starred, rating = record.rating, add_tags: more = [], remove_tags: less = [] },
  ) {
    const tags = [...new Set([...record.tags, ...more])].filter((tag) => !less.includes(tag));
    const next = { ...record, starred, rating, tags };
    list.patch(next);
    selection.patch(next);
  }

  function takeOut(ids, when) {
    const known = list.remove(ids);
    selection.drop(ids);
    count(inTrash() ? ids.length : -ids.length);
    for (const [index, record] of known ?? []) gone.set(record.id, { index, record, when });
  }

  /** Images are back from the trash: to their former places, then the server has the last word. */
  function putBack(ids) {
    const known = ids
      .filter((id) => gone.has(id))
      .map((id) => gone.get(id))
      .sort((a, b) => a.index - b.index);
    if (!inTrash()) list.insert(known.map(({ index, record }) => [index, { ...record, deleted: null }]));
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
