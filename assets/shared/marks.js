// Stars, ratings, tags, the trash: what is set on images, one at a time or many, and taken back.
// Each change is told to the page as the event "playground:marked", whoever asked for it, and to the
// browser's other tabs.
import { ask } from "./ask.js";
import { RATING_MAX } from "./facts.js";
import { inRow, msg, msgN } from "./language.js";
import { toast } from "./toast.js";
import { offer } from "./undo.js";

/** @type {BroadcastChannel | null} */
let tabs = null;
let takingBack = Promise.resolve(); // until the last that was taken back is stored

/**
 * Change one image, any of {starred, rating, tags, deleted}; resolves to its record, and what takes
 * exactly this back.
 *
 * @param {string} id
 * @param {Changes} changes
 * @returns {Promise<{ record: ImageRecord, undo: Undo | null }>}
 */
export async function mark(id, changes) {
  const { undo, ...record } = await ask(`/api/images/${encodeURIComponent(id)}`, { body: changes, keepalive: true });
  tell({ record, changes });
  return { record, undo: undoing(undo, changes) };
}

/**
 * Change many images: `target` is {ids} or {query}; `changes` any of {starred, rating, add_tags,
 * remove_tags, deleted}. Resolves to how many are not as they were before, and what takes that back.
 *
 * @param {Target} target
 * @param {Changes} changes
 * @returns {Promise<{ changed: number, undo: Undo | null }>}
 */
export async function markMany(target, changes) {
  /** @type {Changed} */
  const answer = await ask("/api/images", { body: { ...target, ...changes } });
  tell({ target, changes, answer });
  return { changed: answer.changed, undo: undoing(answer.undo, changes) };
}

/**
 * Offer to take an act back.
 *
 * @param {string | null} act its name at the server, null where it changed nothing
 * @param {Changes} changes
 * @returns {Undo | null}
 */
function undoing(act, changes) {
  if (act === null) return null;
  /** @type {(() => unknown)[]} */
  const afterwards = [];
  const takeBack = async () => {
    try {
      /** @type {Changed} */
      const answer = await ask("/api/images", { body: { undo: act } });
      tell({ undone: changes, answer });
      toast(sayUndone(answer.changed, changes));
      for (const then of afterwards) then();
    } catch (error) {
      toast(/** @type {AskError} */ (error).message, { urgent: true });
    }
  };
  const mine = offer(() => {
    takingBack = takingBack.then(takeBack); // several at once could arrive in another order
    return takingBack;
  });
  return Object.assign(mine, { after: (/** @type {() => unknown} */ then) => afterwards.push(then) });
}

/**
 * @param {number} count
 * @param {Changes} changes
 */
function sayUndone(count, changes) {
  if (!count) return msg("There was nothing left to undo.");
  if (changes.deleted === true) return msgN("1 image restored", "{n} images restored", count);
  if (changes.deleted === false)
    return msgN("1 image moved back to the trash", "{n} images moved back to the trash", count);
  return msgN("Undone: 1 image is as before", "Undone: {n} images are as before", count);
}

/**
 * What a change of one image is called.
 *
 * @param {Changes} changes
 * @param {string[]} tags those before
 */
export function sayMarked({ starred, rating, tags: now }, tags) {
  if (starred !== undefined) return starred ? msg("Starred.") : msg("Star removed.");
  if (rating === 0) return msg("Rating cleared.");
  if (rating !== undefined) return msg("Rated {rating} of {most}.", { rating, most: RATING_MAX });
  const added = (now ?? []).filter((tag) => !tags.includes(tag));
  const gone = now && tags.find((tag) => !now.includes(tag));
  if (added.length) return msg("Tagged {tag}.", { tag: inRow(added) });
  return gone ? msg("Tag {tag} removed.", { tag: gone }) : "";
}

/**
 * The tags of what somebody typed: commas stand between several.
 *
 * @param {string} text
 */
export function tagsIn(text) {
  const words = text.split(",").map((word) => word.trim());
  return [...new Set(words.filter(Boolean))];
}

/** @param {Marked} detail */
function tell(detail) {
  document.dispatchEvent(new CustomEvent("playground:marked", { detail }));
  otherTabs().postMessage(null);
}

/** One for the page: a second one would hear the first. */
function otherTabs() {
  tabs ??= new BroadcastChannel("playground:marks");
  return tabs;
}

/**
 * Call `heard()` when another tab has changed something: what it is now, the server says.
 *
 * @param {() => void} heard
 */
export function hearOtherTabs(heard) {
  otherTabs().onmessage = heard;
}
