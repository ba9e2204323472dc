// Everything a program can say about the sources without running them. Same here and in CI.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
/** Every "check:NAME" script of package.json is a step. */
const PREFIX = 'check:';
/** The compilers use every processor there is, what formats and looks for dead code uses one. */
const AT_ONCE = 2;

/** Runs one step to its end; prints its output only when it has something to say. */
async function runStep(name: string, command: string): Promise<boolean> {
  const startedMs = performance.now();
  const child = spawn(command, {
    cwd: ROOT,
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${BIN}${delimiter}${process.env['PATH'] ?? ''}` },
  });
  const exited = new Promise<boolean>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
  const [output, errors, isPassed] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`${isPassed ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (!isPassed) process.stdout.write(`${output}${errors}\n`);
  return isPassed;
}

const packageSchema = z.object({ scripts: z.record(z.string(), z.string()) });
const { scripts } = packageSchema.parse(JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')));
const steps = Object.entries(scripts).filter(([name]) => name.startsWith(PREFIX));
const failed: string[] = [];
const waiting = [...steps];

async function work(): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const [name, command] = step;
    if (!(await runStep(name, command))) failed.push(name);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, work));
if (failed.length > 0) process.stdout.write(`check failed: ${failed.join(', ')}\n`);
process.exitCode = steps.length > 0 && failed.length === 0 ? 0 : 1;
