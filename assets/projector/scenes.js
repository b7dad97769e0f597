// What the projector shows, of all that it is told. Pure.
import { at } from "../shared/place.js";

/** @typedef {"soon" | "lobby" | "code" | "making" | "image" | "wall" | "round" | "result" | "ended"} SceneName */

/**
 * The scene of a session; null is none yet. What the presenter shows comes before what happens by
 * itself; black and frozen are not scenes: they lie over one.
 *
 * @param {StageState | null} state
 * @returns {SceneName}
 */
export function sceneOf(state) {
  if (!state) return "soon";
  if (state.state === "ended") return "ended";
  if (state.scene.code) return "code";
  if (state.round?.open) return "round";
  if (state.scene.wall && state.wall.length) return "wall";
  if (state.image) return "image";
  if (state.round) return "result";
  if (state.making.length) return "making";
  return state.state === "open" ? "lobby" : "soon";
}

/**
 * What of a rehearsal a scene shows, the session itself first; null where nothing is.
 *
 * @param {SceneName} scene
 * @param {StageState} state
 * @returns {{ recorded?: boolean, recorded_on?: string } | null}
 */
export function recordedOf(scene, state) {
  const { image, wall, making, round } = state;
  const options = round?.options ?? [];
  /** @type {{ [scene: string]: { recorded?: boolean, recorded_on?: string }[] }} */
  const shown = { image: image ? [image] : [], wall, making, round: options, result: options };
  return [state, ...(shown[scene] ?? [])].find((one) => one.recorded) ?? null;
}

/**
 * Where a picture of `ratio` (width by height) is larger in a window: with its words beside it, or
 * below. `side` is the least width of the words beside, `below` their height, in parts of the height.
 *
 * @param {number} ratio
 * @param {number} window its width by its height
 * @returns {"beside" | "below"}
 */
export function placeOf(ratio, window, { side = 0.5, below = 0.28 } = {}) {
  const [width, height] = [0.94 * window, 0.94];
  const beside = Math.min(height, (width - side) / ratio);
  return beside >= Math.min(height - below, width / ratio) ? "beside" : "below";
}

/**
 * How many columns show `count` pictures of `ratio` (width by height) largest.
 *
 * @param {number} count
 * @param {number} window the width by the height of where they stand
 */
export function columnsOf(count, window, ratio = 1) {
  const size = (/** @type {number} */ columns) => Math.min(window / columns / ratio, 1 / Math.ceil(count / columns));
  let best = 1;
  for (let columns = 2; columns <= count; columns += 1) if (size(columns) > size(best)) best = columns;
  return best;
}

/**
 * The address in two parts, as a room reads it, and the code.
 *
 * @param {string} url
 */
export function addressOf(url) {
  const bare = url.replace(/^https?:\/\//, "");
  const cut = bare.lastIndexOf("/") + 1;
  const port = /:\d+\/$/.exec(bare.slice(0, cut))?.index ?? cut;
  return { host: bare.slice(0, port), rest: bare.slice(port, cut), code: bare.slice(cut) };
}

/**
 * Where a picture is had: a rehearsal's says so itself.
 *
 * @param {StagePicture} one
 */
export const urlOf = (one, small = false) =>
  (small ? one.thumb_url : one.image_url) ?? (small ? at(`/thumbs/${one.image}`) : at(`/images/${one.image}`));
