// What the presenter does: each press is one question to the program, whose answer is the new state.
import { ask } from "../shared/ask.js";
import { msg } from "../shared/language.js";
import { STAGE_CHANNEL } from "../shared/stage_window.js";
import { toast } from "../shared/toast.js";
import { askToVary } from "./varying.js";

const REMEMBERED = 20;

/**
 * `take` is given each new state, `now` tells the last one.
 *
 * @param {(state: DeskState | null) => void} take
 * @param {() => DeskState | null} now
 * @returns {DeskDeeds}
 */
export function makeDeeds(take, now) {
  const channel = new BroadcastChannel(STAGE_CHANNEL);
  /** @type {{ what: string, wish: DeskWish }[]} */
  const done = []; // the newest last

  /**
   * @param {() => Promise<DeskState>} question
   * @param {boolean} forgotten whether there is no session after it
   */
  async function told(question, forgotten = false) {
    try {
      const state = await question();
      take(forgotten ? null : state);
      return true;
    } catch (error) {
      toast(/** @type {Error} */ (error).message, { urgent: true });
      return false;
    }
  }

  /** @type {DeskDeeds["session"]} */
  const session = (deed) =>
    told(() => ask("/api/session/do", { body: { session: now()?.id, ...deed } }), deed.do === "forget");

  /** @type {DeskDeeds["wish"]} */
  const bare = (wish, what) => told(() => ask(`/api/session/wishes/${wish.id}`, { body: { do: what } }));

  return {
    session,
    async wish(wish, what) {
      const went = await bare(wish, what);
      if (went) done.push({ what, wish });
      if (done.length > REMEMBERED) done.shift();
      return went;
    },
    async add(text) {
      try {
        take(await ask("/api/session/wishes", { body: { text } }));
        return "";
      } catch (error) {
        return /** @type {Error} */ (error).message;
      }
    },
    scene(change) {
      const { wall = false, black = false, frozen = false, code = false } = now()?.scene ?? {};
      channel.postMessage({ wall, black, frozen, code, ...change });
      return session({ do: "scene", ...change });
    },
    vary(wish) {
      const state = now();
      if (state) askToVary(wish, state, take);
    },
    async undo() {
      const last = done.pop();
      if (!last) return void toast(msg("There is nothing to undo."));
      const { what, wish } = last;
      if (what === "approve") await bare(wish, "hold");
      else if (what === "show") await bare(wish, "hide");
      else if (what === "hide") await bare(wish, "show");
      else if (what === "refuse")
        toast(msg("What was not chosen cannot come back: its words are gone. Its sender can send it again."));
      else toast(msg("This cannot be undone."));
    },
  };
}
