// A job that the viewer started: its runs, followed to their end.
import { getJson } from "../shared/ask.js";
import { isLive } from "../shared/jobs.js";
import { at } from "../shared/place.js";

const ASK_AGAIN_MS = 1500;

/**
 * Follow `job` until none of its runs is live; `onRun(run)` hears of each change. Returns its runs.
 *
 * @param {Job} job
 * @param {(run: Run) => void} onRun
 */
export async function followJob(job, onRun = () => {}) {
  const runs = new Map(job.runs.map((run) => [run.index, run]));
  const ended = () => ![...runs.values()].some(isLive);
  /** @param {Run} run */
  const take = (run) => {
    runs.set(run.index, run);
    onRun(run);
  };
  job.runs.forEach(take);
  while (!ended()) {
    await listen(job.id, take);
    if (ended()) break;
    // The stream broke, or the program was started again in between: what it recorded counts.
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    /** @type {{ jobs: Job[] } | null} */
    const answer = await getJson("/api/jobs");
    if (!answer) continue;
    const found = answer.jobs.find((candidate) => candidate.id === job.id);
    if (!found) break;
    found.runs.forEach(take);
  }
  return [...runs.values()];
}

/**
 * Resolve when the stream of `jobId` has ended or broken for good.
 *
 * @param {string} jobId
 * @param {(run: Run) => void} take
 * @returns {Promise<void>}
 */
function listen(jobId, take) {
  return new Promise((resolve) => {
    const source = new EventSource(at(`/api/events?job=${jobId}`));
    source.onmessage = (event) => take(JSON.parse(event.data).run);
    const end = () => {
      source.close();
      resolve();
    };
    source.addEventListener("end", end);
    source.onerror = () => source.readyState === EventSource.CLOSED && end();
  });
}
