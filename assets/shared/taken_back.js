// A press that costs something leaves within five seconds, or not at all.
//
// A browser that has no connection left keeps a request until it has one: what was pressed would be
// sent, and charged, when a tab is closed minutes later. So a press that got no answer is taken
// back, and said to be. Its token stays good: pressed again, it is still one job, should it have
// arrived after all.
import { standBetween } from "./connection.js";

const WITHIN_MS = 5000;

/** @type {Map<string, ((late: boolean) => Response) | null>} */
const expected = new Map();
/** @type {Set<string>} */
const unanswered = new Set();

/**
 * The next request whose body holds `mark`, which no other one's does, is a press. `standIn(late)`
 * is the answer that its sender gets where there is none; else its sender is told of an error.
 *
 * @param {string} mark
 * @param {((late: boolean) => Response) | null} standIn
 */
export function pressed(mark, standIn = null) {
  expected.set(mark, standIn);
}

/**
 * Whether the press with this mark got no answer: then it may have arrived, or not.
 *
 * @param {string} mark
 */
export const wentUnanswered = (mark) => unanswered.has(mark);

standBetween(async (request, options, send) => {
  const body = options?.body;
  const mark = typeof body === "string" ? [...expected.keys()].find((known) => body.includes(known)) : undefined;
  if (mark === undefined) return send(request, options);
  const standIn = expected.get(mark);
  expected.delete(mark);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), WITHIN_MS);
  try {
    const answer = await send(request, { ...options, signal: late.signal });
    unanswered.delete(mark);
    return answer;
  } catch {
    unanswered.add(mark);
    if (standIn) return standIn(late.signal.aborted);
    throw new TypeError("The press got no answer.");
  } finally {
    clearTimeout(timer);
  }
});
