// What a card says while its image is awaited. Pure: moments are milliseconds of one clock.
import { msg, number } from "../shared/language.js";
import { minutes } from "../shared/words.js";

const SOON = 0.95; // the share of an image that time alone can make

/**
 * @param {string} why
 * @param {number} seconds
 */
export const goesOn = (why, seconds) => msg("{why} Goes on in {seconds} s.", { why, seconds });

/**
 * Seconds from which on an image takes longer than usual: twice as long, and two for the line.
 *
 * @param {number} usual_s
 */
const longFrom = (usual_s) => 2 * usual_s + 2;

/**
 * @param {Run} run one that is not ended
 * @param {number | null} usual_s what an image of its model takes of late
 * @param {number} waited_s since it was sent
 * @param {number} now as Date.now() tells it
 */
export function waitingText(run, usual_s, waited_s, now) {
  if (run.waits_until) {
    const left = Math.max(0, Math.ceil((Date.parse(run.waits_until) - now) / 1000));
    return goesOn(run.waits_for || msg("Waiting."), left);
  }
  if (run.state !== "sent") return msg("In line");
  if (!usual_s) return msg("Generating");
  return waited_s < longFrom(usual_s)
    ? msg("Generating, about {time}", { time: rounded(usual_s) })
    : msg("Generating for {time}, longer than usual", { time: minutes(waited_s) });
}

/**
 * How much of an image is likely there, 0 to 1: a bar that stands still says nothing.
 *
 * @param {number | null} usual_s
 * @param {number} waited_s
 */
export const shareOf = (usual_s, waited_s) => (usual_s ? Math.min(SOON, waited_s / usual_s) : 0);

/**
 * Seconds as one says them: 0.4, 2, 13.
 *
 * @param {number} value
 */
function rounded(value) {
  if (value >= 0.95) return minutes(Math.round(value));
  const tenths = number(Math.max(0.1, value), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return msg("{seconds} s", { seconds: tenths });
}
