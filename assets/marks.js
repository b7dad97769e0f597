// Stars, ratings, tags, the trash: what is set on images, one at a time or many.
// Each change is told to the page as the event "playground:marked", whoever asked for it.
import { noAnswer } from "./dom.js";

/** Ask our own routes; `body` makes it a POST. Throws an Error whose message is for the person. */
export async function ask(path, { body = null, signal = null } = {}) {
  const options = { headers: { Accept: "application/json" }, signal };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  if (body) options.headers["Content-Type"] = "application/json";
  let answer;
  let content = null;
  try {
    answer = await fetch(path, options);
    content = await answer.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
  }
  if (answer?.ok && content) return content;
  const { message, hint } = content?.error ?? {};
  if (message) throw Object.assign(new Error(hint ? `${message} ${hint}` : message), { refused: true });
  throw new Error(answer && answer.status !== 401 ? content?.detail ?? noAnswer() : noAnswer());
}

/** Change one image, any of {starred, rating, tags, deleted}; resolves to its record. */
export async function mark(id, changes) {
  const record = await ask(`/api/images/${encodeURIComponent(id)}`, { body: changes });
  tell({ record, changes });
  return record;
}

/**
 * Change many images: `target` is {ids}, {query} or {trashed_at}; `changes` any of {starred, rating,
 * add_tags, remove_tags, deleted}. Resolves to {changed, trashed_at}.
 */
export async function markMany(target, changes) {
  const answer = await ask("/api/images", { body: { ...target, ...changes } });
  tell({ target, changes, answer });
  return answer;
}

function tell(detail) {
  document.dispatchEvent(new CustomEvent("playground:marked", { detail }));
}
