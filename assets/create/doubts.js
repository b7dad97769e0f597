// What may have been charged, when there is more of it than one: how many, more of them, put away.
import { ask } from "../shared/ask.js";
import { h } from "../shared/dom.js";
import { msg, msgN } from "../shared/language.js";

/**
 * The line above the results. `show(jobs)` draws more of them, `putAway(until)` removes their cards,
 * `say(text)` tells what was done.
 *
 * @param {{ show: (jobs: Job[]) => void, putAway: (until: string) => void, say: (text: string) => void }} page
 */
export function makeDoubts({ show, putAway, say }) {
  /** @type {Jobs} */
  let last = { jobs: [], in_doubt: 0, earlier: null, as_of: "" };
  const text = h("p");
  const more = h("button", { type: "button", text: msg("Show more"), onclick: () => once(showMore) });
  const seen = h("button", { type: "button", text: msg("Mark all as seen"), onclick: () => once(markAll) });
  const root = h("div", { class: "doubts", hidden: true }, text, h("div", { class: "actions" }, more, seen));
  let asking = false;

  /** @param {() => Promise<void>} deed */
  async function once(deed) {
    if (asking) return;
    asking = true;
    try {
      await deed();
    } catch (error) {
      say(/** @type {Error} */ (error).message);
    }
    asking = false;
  }

  async function showMore() {
    /** @type {Jobs} */
    const part = await ask(`/api/jobs?doubts=${encodeURIComponent(last.earlier ?? "")}`);
    show(part.jobs);
    told({ ...part, as_of: last.as_of });
  }

  async function markAll() {
    const until = last.as_of;
    /** @type {{ count: number }} */
    const { count } = await ask("/api/jobs/seen", { body: { until } });
    putAway(until);
    told({ ...last, in_doubt: Math.max(0, last.in_doubt - count), earlier: null });
    say(msgN("1 request was put away. It stays on record.", "{n} requests were put away. They stay on record.", count));
  }

  /**
   * An answer of the server says how many there are.
   *
   * @param {Jobs} answer
   */
  function told(answer) {
    last = answer;
    root.hidden = last.in_doubt < 2;
    more.hidden = !last.earlier;
    text.textContent = msgN("1 request may have been charged.", "{n} requests may have been charged.", last.in_doubt);
  }

  return {
    root,
    told,
    /** One was put away by itself. */
    less: () => told({ ...last, in_doubt: Math.max(0, last.in_doubt - 1) }),
  };
}
