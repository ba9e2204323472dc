/** What an `npx …` command line asks for. */
export interface NpxCommand {
  /** `name`, `name@1.2.3`, `name@^1`, `name@latest`, `@scope/name@…`. */
  readonly spec: string;
  readonly name: string;
  /** Which program of the package; undefined means its only one, or the one named like it. */
  readonly bin: string | undefined;
  readonly args: readonly string[];
  readonly registry: string | undefined;
}

/** A line that cannot be run: what is wrong, with which argument (of `args`), and what to write instead. */
export interface NpxProblem {
  readonly index: number;
  readonly problem: string;
  readonly todo: string;
}

interface Dialect {
  /** Words that must come first, as in `npm exec`. */
  readonly verbs: readonly string[];
}

const dialects: Readonly<Record<string, Dialect>> = {
  npx: { verbs: [] },
  pnpx: { verbs: [] },
  bunx: { verbs: [] },
  npm: { verbs: ['exec', 'x'] },
  pnpm: { verbs: ['dlx'] },
  yarn: { verbs: ['dlx'] },
  bun: { verbs: ['x'] },
};

/** Options without meaning here, because the kernel installs once, silently, and without scripts. */
const ignored = new Set(
  [
    '-y',
    '--yes',
    '-q',
    '--quiet',
    '--silent',
    '-s',
    '--ignore-scripts',
    '--prefer-offline',
    '--prefer-online',
  ].concat(['--no-audit', '--no-fund', '--no-update-notifier', '--no-install', '--bun', '--verbose', '-d']),
);
const packageOptions = new Set(['-p', '--package']);

/** Whether this command line installs and runs an npm package. */
export function isNpxCommand(command: string, args: readonly string[]): boolean {
  const dialect = Object.hasOwn(dialects, command) ? dialects[command] : undefined;
  if (dialect === undefined) return false;
  return dialect.verbs.length === 0 || dialect.verbs.includes(args[0] ?? '');
}

/** Reads a command line for which `isNpxCommand` holds. Options end at the first other word, as in npx itself. */
export function parseNpxCommand(command: string, args: readonly string[]): NpxCommand | NpxProblem {
  const start = dialects[command]?.verbs.length === 0 ? 0 : 1;
  const found: { spec?: string; at: number; registry?: string } = { at: start };
  let index = start;
  for (; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      index++;
      break;
    }
    if (!arg.startsWith('-')) break;
    if (ignored.has(arg)) continue;
    const [option, attached] = splitOption(arg);
    const value = attached ?? args[index + 1];
    if (!packageOptions.has(option) && option !== '--registry') return unknownOption(arg, index);
    if (value === undefined) return { index, problem: `is "${arg}" without a value`, todo: 'Add the value' };
    if (option === '--registry') found.registry = value;
    else if (found.spec !== undefined) {
      return { index, problem: 'names a second package', todo: 'Run one package; it may depend on others' };
    } else {
      found.spec = value;
      found.at = attached === undefined ? index + 1 : index;
    }
    if (attached === undefined) index++;
  }
  const words = args.slice(index);
  const bin = found.spec === undefined ? undefined : words[0];
  const spec = found.spec ?? words[0];
  const at = found.spec === undefined ? index : found.at;
  if (spec === undefined) {
    return {
      index: -1,
      problem: 'name no package',
      todo: 'Write the package, as in ["-y", "some-server@1.2.3"]',
    };
  }
  const name = packageName(spec);
  if (name === undefined) return notFromRegistry(spec, at);
  const rest = words[1] === '--' && command === 'npm' ? words.slice(2) : words.slice(1);
  return { spec, name, bin, args: rest, registry: found.registry };
}

/** The exact version a spec names, or undefined for a range, a tag or nothing. */
export function exactVersion(spec: string): string | undefined {
  return /.@v?(\d+\.\d+\.\d+(?:-[\w.-]+)?)(?:\+[\w.-]+)?$/.exec(spec)?.[1];
}

function packageName(spec: string): string | undefined {
  const parts = /^((?:@[a-z0-9~._-]+\/)?[a-z0-9~._-]+)(?:@([\w.^~<>=|*+ -]*))?$/i.exec(spec);
  const name = parts?.[1];
  return name === undefined || name.startsWith('.') || /\.(?:tgz|tar\.gz)$/i.test(spec) ? undefined : name;
}

function splitOption(arg: string): readonly [string, string | undefined] {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return at < 0 ? [arg, undefined] : [arg.slice(0, at), arg.slice(at + 1)];
}

function unknownOption(arg: string, index: number): NpxProblem {
  if (/^(?:-c|--call)(?:=|$)/.test(arg)) {
    return {
      index,
      problem: 'is a shell command',
      todo: 'Write the package and its arguments, word by word',
    };
  }
  return { index, problem: `is "${arg}", an option the kernel does not know`, todo: 'Remove it' };
}

function notFromRegistry(spec: string, index: number): NpxProblem {
  const isPath = /^(?:[./~]|[a-z]:\\)/i.test(spec) || /\.(?:tgz|tar\.gz)$/i.test(spec);
  return {
    index,
    problem: `is "${spec}", which is not a package of an npm registry`,
    todo: isPath
      ? 'Install it into a folder and write { "command": "node", "args": ["FOLDER/server.js"] }'
      : 'Write a name and a version, as in "some-server@1.2.3"',
  };
}
