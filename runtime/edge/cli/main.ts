import { catalogue } from '../../base/error-catalogue.ts';
import { messageOf, NexusError } from '../../base/errors.ts';
import { nearestWord } from '../../base/nearest-word.ts';
import { readArguments, usage } from './command-line.ts';
import { commands } from './commands.ts';
import type { CliDeps } from './deps.ts';

/** Runs one command. Settles with its exit code: 0 done, 1 the thing asked failed, 2 wrong usage. */
export async function runCli(argv: readonly string[], deps: CliDeps): Promise<number> {
  try {
    return await dispatch(argv, deps);
  } catch (error) {
    const text = error instanceof NexusError ? toldTo(argv, error) : describeBug(error);
    process.stderr.write(`${process.stderr.isTTY ? await wrapped(text) : text}\n`);
    return error instanceof NexusError && error.code === 'USAGE' ? 2 : 1;
  }
}

async function dispatch(argv: readonly string[], deps: CliDeps): Promise<number> {
  const [first, second] = argv;
  if (first === '--version' || first === '-v') {
    const { readVersion } = await import('./version.ts');
    process.stdout.write(`${readVersion(deps.rootDir)}\n`);
    return 0;
  }
  const isHelp = first === '--help' || first === '-h' || first === 'help';
  if (first === undefined || (isHelp && second === undefined))
    return await explain(deps, first === undefined);

  const words = isHelp ? argv.slice(1) : argv;
  const name = nameOf(words);
  const spec = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const rest = words.slice(name.split(' ').length);
  const end = rest.indexOf('--');
  const own = end === -1 ? rest : rest.slice(0, end);
  const asksHelp = isHelp || own.includes('--help') || own.includes('-h');
  if (spec === undefined) {
    if (asksHelp && words[0] === 'plugin') return await explain(deps, false);
    throw unknownCommand(name);
  }
  if (asksHelp) {
    const { describeCommand } = await import('./help.ts');
    process.stdout.write(describeCommand(name, spec));
    return 0;
  }
  const given = readArguments(name, spec, rest);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // `nexus runs | head` has seen enough; a kernel goes on when nobody reads what it says.
    if (spec.isService !== true) process.exit(0);
  });
  return await (
    await spec.load()
  )(given, deps);
}

/** What is wrong with a command line, or with what the kernel made of it, is explained by the help of the command. */
function toldTo(argv: readonly string[], { code, message }: NexusError): string {
  const name = nameOf(argv);
  const isExplained = Object.hasOwn(commands, name) && (code === 'USAGE' || code === 'REQUEST_INVALID');
  const { hint } = catalogue[code];
  return isExplained ? message.replace(hint, `Run "nexus help ${name}" for what it takes`) : message;
}

/** The words a command is called with: some have commands of their own. */
function nameOf([first = '', second = '']: readonly string[]): string {
  if (Object.hasOwn(commands, `${first} ${second}`)) return `${first} ${second}`;
  // What is none of theirs is looked for among them.
  const isGroup = ['plugin', 'settings', 'models', 'tasks', 'schedules'].includes(first);
  return isGroup && second !== '' && !second.startsWith('-') ? `${first} ${second}` : first;
}

/** The help. Nobody asked for it when no command was given: a script that forgot one must notice. */
async function explain(deps: CliDeps, isUnasked: boolean): Promise<number> {
  const [{ describeProgram }, { readVersion }] = await Promise.all([
    import('./help.ts'),
    import('./version.ts'),
  ]);
  const isError = isUnasked && !process.stdout.isTTY;
  const stream = isError ? process.stderr : process.stdout;
  stream.write(describeProgram(readVersion(deps.rootDir), commands));
  return isError ? 2 : 0;
}

function unknownCommand(name: string): NexusError {
  if (name === 'plugin')
    return usage(
      '"nexus plugin" needs one of add, remove, install-deps, enable, disable, approve, restart, logs, health, run',
    );
  const meant = nearestWord(name, Object.keys(commands));
  return usage(
    `There is no command "${name}"${meant === undefined ? '' : `; the nearest one is "${meant}"`}`,
  );
}

async function wrapped(text: string): Promise<string> {
  const { paragraph, printable } = await import('./terminal.ts');
  return text
    .split('\n')
    .map((line) => paragraph(printable(line), process.stderr))
    .join('\n');
}

function describeBug(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return `INTERNAL: ${messageOf(error)}. This is a bug of Nexus; please report it.\n${stack ?? ''}`;
}
