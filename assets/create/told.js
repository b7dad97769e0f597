// What the results panel tells to who does not see it: each turn that a batch takes, in one sentence.
import { msg, msgN } from "../shared/language.js";
import { goesOn } from "./waiting.js";

/**
 * What a running card says while there are no answers.
 *
 * @param {Run} run
 * @param {boolean} loggedOut
 */
export function saidAway(run, loggedOut) {
  if (loggedOut) return msg("It goes on without you. Log in to see it.");
  if (run.state !== "sent") return msg("In line when the program was last heard of.");
  return run.free
    ? msg("Sent, and no news since. Its image is shown here once it has come.")
    : msg("Sent, and no news since: it may have been charged. Its image is shown here once it has come.");
}

/** @param {number} count */
export const saidStart = (count) => msgN("1 image is being made.", "{n} images are being made.", count);

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
    return { about: "waits", text: left > 0 ? goesOn(run.waits_for, left) : run.waits_for };
  }
  if (run.state === before.state) return null;
  const [at, why] = [run.index + 1, run.error?.message ?? ""];
  if (run.state === "saved")
    return {
      about: "images",
      text:
        all === 1
          ? msg("The image is here.")
          : msg("{count} of {all} images are here.", { count: count("saved"), all }),
    };
  if (run.state === "failed")
    return {
      about: "failed",
      text: all === 1 ? msg("No image: {why}", { why }) : msg("No image {at} of {all}: {why}", { at, all, why }),
    };
  if (run.state === "unknown")
    return {
      about: "doubt",
      text:
        all === 1
          ? msg("May have been charged: {why}", { why })
          : msg("Image {at} of {all} may have been charged: {why}", { at, all, why }),
    };
  if (run.state === "cancelled" && count("failed") + count("unknown") > 0)
    return {
      about: "unsent",
      text: msg("{count} of {all} images were not sent, and not charged.", { count: count("cancelled"), all }),
    };
  return null;
}
