// Which runs are still under way.

const LIVE = new Set(["queued", "sent"]);

export const isLive = (run) => LIVE.has(run.state);
