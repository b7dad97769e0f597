// The projector's window: opened by a press, on the second screen where the browser lets us put it.
import { at } from "./place.js";

/** Where the desk tells the stage what the stream will say, at once: {black, frozen, code, wall}. */
export const STAGE_CHANNEL = "sentry-block-stage";

const SIZE = "popup,width=1280,height=720";

/**
 * Open it, or bring it to the front as it is; `query` is what stands after its path. It is opened at
 * once: a browser gives no window to a press that has waited for an answer. Returns null where it is refused.
 *
 * @param {string} query
 */
export function openStageWindow(query = "") {
  // Slides have a window of their own: a session's goes nowhere from what it shows.
  const name = new URLSearchParams(query).has("slides") ? "slides" : "stage";
  const stage = open("", name, SIZE);
  if (!stage) return null;
  const address = new URL(at(`/stage${query}`), location.href).href;
  if (stage.location.href === address) stage.focus();
  else stage.location.assign(address);
  toSecondScreen(stage);
  return stage;
}

/**
 * Window Management: only on this computer itself, only where the person allows it.
 *
 * @param {Window} stage
 */
async function toSecondScreen(stage) {
  const own = /** @type {ScreensOf} */ (/** @type {unknown} */ (window));
  if (!own.getScreenDetails || !own.screen.isExtended) return;
  const { screens = [], currentScreen } = (await own.getScreenDetails().catch(() => null)) ?? {};
  const other = screens.find((one) => one !== currentScreen);
  if (!other || stage.closed) return;
  stage.moveTo(other.availLeft, other.availTop);
  stage.resizeTo(other.availWidth, other.availHeight);
}
