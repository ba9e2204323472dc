import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runInIsolate } from './isolate.ts';
import { jobSchema, type Job, type ScriptEvent } from './job.ts';
import { ScriptVoice } from './script-voice.ts';

const STDOUT = 1;
const WATCH_MS = 10;
/** What an isolate needs beside its heap, and what may come in between two looks. */
const SLACK_MB = 64;

/**
 * The life of a script's process: one job in on stdin, its events out on stdout. It is ended by whoever started it,
 * with SIGKILL, because some of V8's own functions cannot be interrupted; it ends itself when that one is gone.
 */
export async function serveScript(): Promise<void> {
  const input = createInterface({ input: process.stdin });
  input.once('close', () => process.kill(process.pid, 'SIGKILL'));
  const job = jobSchema.parse(JSON.parse(await firstLine(input)));
  const voice = new ScriptVoice(tell);
  tell({ kind: 'running' });
  watch(job, voice);
  await runInIsolate(job, voice);
}

/**
 * Looks at what the whole process has used. V8's own limit leaves out much: array buffers that can grow, strings that
 * are flattened, what its compiler and regular expressions need.
 */
function watch(job: Job, voice: ScriptVoice): void {
  const idleMb = process.resourceUsage().maxRSS / 1024;
  const idleMs = processorMs();
  setInterval(() => {
    const usedMb = process.resourceUsage().maxRSS / 1024 - idleMb;
    if (usedMb > job.memoryMb + SLACK_MB) {
      voice.fail(
        'MEMORY_LIMIT',
        `It used ${Math.round(usedMb)} MB of memory, and ${job.memoryMb} MB is its limit`,
      );
    }
    const usedMs = processorMs() - idleMs;
    if (job.cpuMs !== undefined && usedMs > job.cpuMs) {
      voice.fail('CPU_LIMIT', `It used ${job.cpuMs} ms of processor time`);
    }
  }, WATCH_MS);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Synchronous: nothing may be lost when the process is ended right after. */
function tell(event: ScriptEvent): void {
  const bytes = Buffer.from(`${JSON.stringify(event)}\n`);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      // The pipe is full for the moment: it may be one that does not wait by itself.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

async function firstLine(input: AsyncIterable<string>): Promise<string> {
  for await (const line of input) return line;
  throw new Error('there was no job on stdin');
}
