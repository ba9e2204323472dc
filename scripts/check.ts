// Everything a program can say about the sources without running them. Same here and in CI.
import { spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = fileURLToPath(new URL('../node_modules/.bin', import.meta.url));
const STEPS: Record<string, readonly [string, ...string[]]> = {
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  types: ['tsc', '-p', '.'],
  layers: ['node', 'scripts/check-layers.ts'],
  'dead code': ['knip'],
  'lock file': ['node', 'scripts/lockfile.ts'],
};

/** Runs one step to its end; prints its output only when it has something to say. */
async function runStep(name: string, [command, ...args]: readonly [string, ...string[]]): Promise<boolean> {
  const startedMs = performance.now();
  const child = spawn(command, args, {
    cwd: ROOT,
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

const wanted = process.argv.slice(2);
const failed: string[] = [];
for (const [name, command] of Object.entries(STEPS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!(await runStep(name, command))) failed.push(name);
}
if (failed.length > 0) process.stdout.write(`check failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
