import type { ProcessLimits } from './policy/policy.ts';

/** No plugin needs a single file beyond this. */
const FILE_BYTES = 1024 * 1024 * 1024;
/** Node itself keeps about 20 open. */
const OPEN_FILES = 4096;

/** The resource limits of one process, by the names prlimit(1) has for them. */
export function resourceLimits(limits: ProcessLimits, tasks: number | null): Record<string, number> {
  return {
    data: limits.dataBytes,
    core: 0,
    nofile: OPEN_FILES,
    fsize: FILE_BYTES,
    ...(limits.cpuSeconds === undefined ? {} : { cpu: limits.cpuSeconds }),
    ...(tasks === null ? {} : { nproc: tasks }),
  };
}

/** Arguments of prlimit(1) before the command. */
export function prlimitArguments(limits: ProcessLimits, tasks: number | null): string[] {
  return Object.entries(resourceLimits(limits, tasks)).map(([name, value]) => `--${name}=${value}`);
}
