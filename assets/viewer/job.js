// A job that the viewer started: its runs, followed to their end.
import { jobStarted, watchJobs } from "../shared/following.js";
import { isLive } from "../shared/jobs.js";

/**
 * Follow `job` until none of its runs is live; `onRun(run)` hears of each change. Returns its runs.
 *
 * @param {Job} job
 * @param {(run: Run) => void} onRun
 * @returns {Promise<Run[]>}
 */
export function followJob(job, onRun = () => {}) {
  const runs = new Map(job.runs.map((run) => [run.index, run]));
  return new Promise((resolve) => {
    const end = () => {
      unwatch();
      resolve([...runs.values()]);
    };
    /** @param {Run} run */
    const take = (run) => {
      runs.set(run.index, run);
      onRun(run);
    };
    const endOnce = () => [...runs.values()].some(isLive) || end();
    const unwatch = watchJobs({
      jobs({ jobs }) {
        // The program may have been started again in between: what it recorded counts.
        const found = jobs.find((candidate) => candidate.id === job.id);
        if (!found) return end();
        found.runs.forEach(take);
        endOnce();
      },
      run(jobId, run) {
        if (jobId !== job.id) return;
        take(run);
        endOnce();
      },
    });
    job.runs.forEach(take);
    jobStarted(job);
    endOnce();
  });
}
