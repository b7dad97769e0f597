// Stars, ratings, tags, the trash: what is set on images, one at a time or many.
// Each change is told to the page as the event "playground:marked", whoever asked for it.
import { ask } from "./ask.js";

/**
 * Change one image, any of {starred, rating, tags, deleted}; resolves to its record.
 *
 * @param {string} id
 * @param {Changes} changes
 * @returns {Promise<ImageRecord>}
 */
export async function mark(id, changes) {
  const record = await ask(`/api/images/${encodeURIComponent(id)}`, { body: changes, keepalive: true });
  tell({ record, changes });
  return record;
}

/**
 * Change many images: `target` is {ids}, {query} or {trashed_at}; `changes` any of {starred, rating,
 * add_tags, remove_tags, deleted}. Resolves to {changed, trashed_at}.
 *
 * @param {Target} target
 * @param {Changes} changes
 * @returns {Promise<Changed>}
 */
export async function markMany(target, changes) {
  const answer = await ask("/api/images", { body: { ...target, ...changes } });
  tell({ target, changes, answer });
  return answer;
}

/** @param {Marked} detail */
function tell(detail) {
  document.dispatchEvent(new CustomEvent("playground:marked", { detail }));
}
