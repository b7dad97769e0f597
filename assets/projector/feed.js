// What the projector is told: one stream of the program's, and the desk's word from the next window,
// which is there sooner. Nothing that goes wrong here is for the room: the stream is tried for ever.
import { at } from "../shared/place.js";
import { STAGE_CHANNEL } from "../shared/stage_window.js";

const LOST_MS = 3000; // a stream that is back sooner was never away
const SILENT_MS = 40_000; // it beats every 15 s (ui/routes/session.py)
const LOOK_MS = 5000;
const AGAIN_MS = 1000;
const AHEAD_MS = 3000; // so long the desk's word holds that the stream does not confirm

/** @typedef {Partial<Pick<StageScene, "black" | "frozen" | "code" | "wall">>} SceneChange */

/**
 * `told(state)` hears of each change, `lost(away)` when there has been no answer for a while, and
 * when there is one again. `foretell(change)` shows a change before the stream tells of it.
 *
 * @param {{ told: (state: StageState | null) => void, lost: (away: boolean) => void }} hear
 */
export function makeFeed({ told, lost }) {
  /** @type {EventSource | null} */
  let stream = null;
  /** @type {StageState | null} */
  let state = null;
  /** @type {SceneChange} */
  let ahead = {};
  let [known, away] = [false, false];
  let [heardAt, lostTimer, againTimer, aheadTimer] = [performance.now(), 0, 0, 0];

  function tell() {
    if (known) told(state && { ...state, scene: { ...state.scene, ...ahead } });
  }

  function heard() {
    heardAt = performance.now();
    clearTimeout(lostTimer);
    lostTimer = 0;
    if (away) lost(false);
    away = false;
  }

  function missed() {
    lostTimer ||= setTimeout(() => {
      away = true;
      lost(true);
    }, LOST_MS);
  }

  function open() {
    clearTimeout(againTimer);
    stream?.close();
    const mine = new EventSource(at("/api/session/events?of=stage"));
    stream = mine;
    mine.onmessage = ({ data }) => {
      state = JSON.parse(data);
      known = true;
      confirm();
      heard();
      tell();
    };
    mine.addEventListener("beat", heard);
    mine.onerror = () => {
      missed();
      // A browser tries again for itself where nobody answered, but not after a refusal.
      if (mine.readyState === EventSource.CLOSED) againTimer = setTimeout(open, AGAIN_MS * (1 + Math.random()));
    };
  }

  /** What the stream says too needs no word of the desk's any more. */
  function confirm() {
    const scene = /** @type {SceneChange} */ (state?.scene ?? {});
    const names = /** @type {(keyof SceneChange)[]} */ (Object.keys(ahead));
    ahead = Object.fromEntries(names.filter((name) => ahead[name] !== scene[name]).map((name) => [name, ahead[name]]));
  }

  /** @param {SceneChange} change */
  function foretell(change) {
    for (const name of /** @type {const} */ (["black", "frozen", "code", "wall"]))
      if (typeof change?.[name] === "boolean") ahead[name] = change[name];
    clearTimeout(aheadTimer);
    aheadTimer = setTimeout(() => {
      if (away) return;
      ahead = {};
      tell();
    }, AHEAD_MS);
    tell();
  }

  new BroadcastChannel(STAGE_CHANNEL).onmessage = ({ data }) => foretell(data);
  setInterval(() => {
    if (performance.now() - heardAt < SILENT_MS) return;
    heardAt = performance.now();
    missed();
    open();
  }, LOOK_MS);
  addEventListener("online", open);
  addEventListener("pageshow", (event) => event.persisted && open());
  open();

  return { foretell };
}
