import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { NexusError } from '../../base/errors.ts';

interface Advice {
  readonly problem: string;
  readonly todo: string;
}

const python: Advice = {
  problem: 'it would download a Python package and run its build code outside the sandbox',
  todo: 'Install the package into a virtual environment (python3 -m venv DIR && DIR/bin/pip install PACKAGE) and write { "command": "DIR/bin/COMMAND" }',
};
const container: Advice = {
  problem: 'the container would run beside the sandbox, not in it, with rights the manifest does not show',
  todo: 'Write the command the image runs (node, python3, …) and grant what it needs under "permissions", or run the container yourself and write { "url": "http://127.0.0.1:PORT/mcp" }',
};
const otherRunner: Advice = {
  problem: 'only npm packages started with npx, npm exec, bunx or pnpm dlx are installed by the kernel',
  todo: 'Write { "command": "npx", "args": ["-y", "PACKAGE@VERSION"] }',
};

/** Launchers that fetch and run something themselves, which no sandbox could hold. */
const unsupported: Readonly<Record<string, Advice>> = {
  uvx: python,
  uv: python,
  pipx: python,
  docker: container,
  podman: container,
  nerdctl: container,
  yarn: otherRunner,
  cmd: {
    problem: 'it is the shell of Windows',
    todo: 'Write the command after "/c" itself, as in { "command": "npx", "args": ["-y", "PACKAGE@VERSION"] }',
  },
};

/** How to get programs that servers are often written for. */
const installation: Readonly<Record<string, string>> = {
  python3: 'Install it, for example with "apt install python3"',
  python: 'Write "python3", or install it, for example with "apt install python-is-python3"',
  deno: 'Install it as https://docs.deno.com/runtime/getting_started/installation says',
  bun: 'Install it as https://bun.com/docs/installation says, or write "node"',
  go: 'Build the server with "go build" and write the path of the program',
  java: 'Install it, for example with "apt install default-jre-headless"',
  ruby: 'Install it, for example with "apt install ruby"',
};

/** Refuses launchers whose work the sandbox could not hold: COMMAND_UNSUPPORTED with what to write instead. */
export function refuseLauncher(plugin: string, command: string): void {
  const name = command.replace(/^.*\//, '').replace(/\.exe$/i, '');
  const advice = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined;
  if (advice !== undefined) throw new NexusError('COMMAND_UNSUPPORTED', { plugin, command, ...advice });
}

/**
 * Absolute path of a program named without a slash, by PATH. The shims of version managers (pyenv, asdf, rbenv, mise)
 * are passed over: they are scripts that look up the real program outside of what a sandbox shows. Throws
 * COMMAND_MISSING with how to install it.
 */
export function findProgram(plugin: string, command: string, path: string | undefined): string {
  const found = (path ?? '')
    .split(delimiter)
    .filter(isAbsolute)
    .map((dir) => join(dir, command))
    .filter(isExecutable);
  const real = found.find((file) => basename(dirname(file)) !== 'shims');
  if (real !== undefined) return real;
  throw new NexusError('COMMAND_MISSING', { plugin, command, todo: howToGet(command, found[0]) });
}

function howToGet(command: string, shim: string | undefined): string {
  if (shim !== undefined) return `${shim} only looks up the real program: write that one's absolute path`;
  if (/\s/.test(command)) return 'Write the program alone as "command" and the rest, word by word, as "args"';
  const known = Object.hasOwn(installation, command) ? installation[command] : undefined;
  return known ?? 'Install it where PATH finds it, or write its absolute path';
}

/** Checks a program given by path. Throws COMMAND_MISSING when it is not there or not executable. */
export function checkProgram(plugin: string, file: string): string {
  if (isExecutable(file)) return file;
  const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() === true;
  const todo = isThere
    ? `Make it executable: chmod +x ${file}`
    : 'Correct the path; it is relative to the manifest';
  throw new NexusError('COMMAND_MISSING', { plugin, command: file, todo });
}

function isExecutable(file: string): boolean {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
