import type { ProcessLimits } from './policy/policy.ts';

/** No plugin needs a single file beyond this. */
const FILE_BYTES = 1024 * 1024 * 1024;
/** Node itself keeps about 20 open. */
const OPEN_FILES = 4096;

/** Arguments of prlimit(1) before the command. */
export function prlimitArguments(limits: ProcessLimits): string[] {
  return [
    `--data=${limits.dataBytes}`,
    '--core=0',
    `--nofile=${OPEN_FILES}`,
    `--fsize=${FILE_BYTES}`,
    ...(limits.cpuSeconds === undefined ? [] : [`--cpu=${limits.cpuSeconds}`]),
  ];
}
