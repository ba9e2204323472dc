import { fileURLToPath } from 'node:url';
import type { CommandSource, Manifest } from '../../../contract/manifest.ts';
import type { CommandPlace } from '../command-source.ts';
import { isNode } from '../find-script.ts';
import { isNpxCommand } from '../packages/npx-command.ts';
import type { Launch } from '../prepare-options.ts';

const preloadDir = fileURLToPath(new URL('preload', import.meta.url));
const preload = fileURLToPath(new URL('preload/secret-arguments.cjs', import.meta.url));

/** Whether arguments of a command can be kept out of its command line: only Node takes them in another way. */
export function canHideArguments(command: string, args: readonly string[]): boolean {
  return isNode(command) || isNpxCommand(command, args);
}

/**
 * A command whose secret arguments stand in its environment, each by the name of a variable in its place. `sealed` are
 * settings whose value is a secret although they are not declared so any more.
 */
export function hideArguments(
  source: CommandSource,
  settings: Manifest['settings'],
  sealed: ReadonlySet<string> = new Set(),
): CommandSource {
  const hidden = new Map<string, string>();
  const args = source.args.map((arg) => {
    if (!usesSecret(arg, settings, sealed)) return arg;
    const variable = `NEXUS_ARGUMENT_${hidden.size + 1}`;
    hidden.set(variable, arg);
    return variable;
  });
  return hidden.size === 0
    ? source
    : { ...source, args, env: { ...source.env, ...Object.fromEntries(hidden) } };
}

/** The launch of such a command: before its own code it gets its arguments back. */
export function withHiddenArguments<T extends Pick<Launch, 'command' | 'args' | 'env' | 'packageDirs'>>(
  launch: T,
  place: Pick<CommandPlace, 'blame'>,
): T {
  if (!Object.keys(launch.env).some((name) => name.startsWith('NEXUS_ARGUMENT_'))) return launch;
  if (launch.command !== 'node') {
    const problem = 'hold a secret, and every program of this machine can read command lines';
    throw place.blame(['args'], problem, 'Give it to the program in an environment variable');
  }
  return {
    ...launch,
    args: ['--require', preload, ...launch.args],
    packageDirs: [...launch.packageDirs, preloadDir],
  };
}

function usesSecret(text: string, settings: Manifest['settings'], sealed: ReadonlySet<string>): boolean {
  return [...text.matchAll(/\$\{settings\.([^}]+)\}/g)].some(
    ([, key = '']) => sealed.has(key) || (Object.hasOwn(settings, key) && settings[key]?.sensitive === true),
  );
}
