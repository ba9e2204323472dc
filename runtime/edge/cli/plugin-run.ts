import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProcessExit } from '../../contract/sandbox.ts';
import type { RunningPlugin } from '../../index.ts';
import { wordAt, type Command, type Given } from './command-line.ts';
import { configOf } from './places.ts';
import { stopSignal } from './stop.ts';

/** Time the plugin has to end by itself after its input ended, in milliseconds. */
const graceMs = 2_000;

/** `nexus plugin run`: stdin and stdout are the plugin's; the first line on stderr says how it is held. */
export const runCommand: Command = async (given, deps) => {
  await using stack = new AsyncDisposableStack();
  const config = configOf(given, deps);
  const dataDir = given.values['data'] === undefined ? temporaryFolder(stack) : config.dataDir;
  for (const dir of [dataDir, config.workspaceDir]) mkdirSync(dir, { recursive: true });
  const word = wordAt(given, 0);
  const file = existsSync(word) ? word : join(config.manifestsDir, `${word}.json`);
  const told = new AbortController();
  void stopSignal().then(() => told.abort(new Error('told to stop')));
  const running = stack.use(await deps.run({ ...config, dataDir }, file, told.signal));
  const { code, signal, reason } = await converse(running, given, told.signal);
  if (code === 0) return 0;
  const how = reason ?? (signal === null ? `exit code ${code}` : `signal ${signal}`);
  process.stderr.write(`${running.name} ended (${how})\n`);
  return 1;
};

/** Connects the plugin with this process's own pipes until it ends, or until either end of them does. */
function converse(
  { name, process: child }: RunningPlugin,
  given: Given,
  told: AbortSignal,
): Promise<ProcessExit> {
  const { tier, mechanism, enforcement } = child;
  const stop = (): void => void child.stop(graceMs);
  child.stdout.pipe(process.stdout);
  const words = `${name} runs with isolation "${tier}" (${mechanism})`;
  const line = given.switches.has('json') ? JSON.stringify({ tier, mechanism, enforcement }) : words;
  process.stderr.write(`${line}\n`);
  child.stderr.pipe(process.stderr);
  process.stdin.on('end', stop).pipe(child.stdin);
  process.stdout.on('error', stop);
  told.addEventListener('abort', stop);
  if (told.aborted) stop();
  return child.exited;
}

function temporaryFolder(stack: AsyncDisposableStack): string {
  const dir = mkdtempSync(join(tmpdir(), 'nexus-run-'));
  stack.defer(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}
