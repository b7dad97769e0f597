// Which runs are still under way.
import { LIVE_STATES } from "./facts.js";

const LIVE = new Set(LIVE_STATES);

/** @param {Run} run */
export const isLive = (run) => LIVE.has(run.state);
