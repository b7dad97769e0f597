// What the results panel tells to who does not see it: each turn that a batch takes, in one sentence.
import { images } from "../shared/words.js";

const AWAY = {
  sent: "Sent, and no news since: it may have been charged. Its image is shown here once it has come.",
  queued: "In line when the program was last heard of.",
};
const LOGGED_OUT = "It goes on without you. Log in to see it.";

/**
 * What a running card says while there are no answers.
 *
 * @param {Run} run
 * @param {boolean} loggedOut
 */
export const saidAway = (run, loggedOut) => (loggedOut ? LOGGED_OUT : run.state === "sent" ? AWAY.sent : AWAY.queued);

/** @param {number} count */
export const saidStart = (count) => (count === 1 ? "1 image is being made." : `${images(count)} are being made.`);

/**
 * What is told once `runs`, the batch as it is now, has one that was as `before`; what it is about,
 * so that of several the last one counts. Null where nothing is to be told: a clock that counts down
 * is not, and what was stopped by hand says so itself.
 *
 * @param {Run} before
 * @param {Run} run the same as it is now
 * @param {Run[]} runs
 * @returns {{ about: "images" | "failed" | "doubt" | "unsent" | "waits", text: string } | null}
 */
export function saidChange(before, run, runs) {
  const all = runs.length;
  /** @param {RunState} state */
  const count = (state) => runs.filter((other) => other.state === state).length;
  if (run.waits_for && run.waits_for !== before.waits_for) {
    if (runs.some((other) => other.index !== run.index && other.waits_for === run.waits_for)) return null;
    const left = run.waits_until ? Math.ceil((Date.parse(run.waits_until) - Date.now()) / 1000) : 0;
    return { about: "waits", text: left > 0 ? `${run.waits_for} Goes on in ${left} s.` : run.waits_for };
  }
  if (run.state === before.state) return null;
  const why = run.error?.message ?? "";
  if (run.state === "saved")
    return { about: "images", text: all === 1 ? "The image is here." : `${count("saved")} of ${all} images are here.` };
  if (run.state === "failed")
    return { about: "failed", text: `${all === 1 ? "No image" : `No image ${run.index + 1} of ${all}`}: ${why}` };
  if (run.state === "unknown")
    return {
      about: "doubt",
      text: `${all === 1 ? "May have been charged" : `Image ${run.index + 1} of ${all} may have been charged`}: ${why}`,
    };
  if (run.state === "cancelled" && count("failed") + count("unknown") > 0)
    return { about: "unsent", text: `${count("cancelled")} of ${all} images were not sent, and not charged.` };
  return null;
}
