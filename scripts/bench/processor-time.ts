import { readdirSync, readFileSync } from 'node:fs';

/**
 * Processor time all threads of the processes used so far, in milliseconds; NaN where the system does not tell.
 * Unlike a time on the clock it hardly changes with what else the machine does.
 */
export function processorMs(pids: readonly number[]): number {
  try {
    return pids.reduce((sum, pid) => sum + processorMsOf(pid), 0);
  } catch {
    return Number.NaN;
  }
}

/** First field of `schedstat`: nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats). */
function processorMsOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const times = tasks.map((task) =>
    Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ', 1)[0]),
  );
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}
