import type { ManifestFile } from '../../contract/manifest.ts';
import { settingProblem, type SettingOption } from '../../contract/setting-option.ts';
import type { FileProblem } from './explain-issue.ts';
import { canHideArguments } from './secret-arguments/secret-arguments.ts';

interface Use {
  readonly path: readonly PropertyKey[];
  readonly text: string;
  /** Why no secret may stand there, and what to do instead. */
  readonly open?: { readonly problem: string; readonly todo: string };
}

const commandLine = {
  problem: 'every program of this machine can read command lines',
  todo: 'Give it to the program in source.env, or name the setting like the variable it reads',
};
const grants = { problem: 'what is granted is shown to everybody', todo: 'Use a setting that is no secret' };

/** Settings whose own declaration does not hold together, and uses of settings that are not declared or not possible. */
export function* checkSettings(manifest: ManifestFile): Iterable<FileProblem> {
  const { settings } = manifest;
  for (const [key, option] of Object.entries(settings)) {
    const problem = declarationProblem(option);
    if (problem !== undefined) yield { path: ['settings', key, ...problem.path], ...problem.text };
  }
  for (const { path, text, open } of usesOf(manifest)) {
    for (const [whole, key = ''] of text.matchAll(/\$\{settings\.([^}]*)\}?/g)) {
      const option = Object.hasOwn(settings, key) ? settings[key] : undefined;
      if (option === undefined) {
        const problem = `uses ${whole}, which is not declared`;
        yield { path, problem, todo: `Declare "${key}" under "settings"` };
      } else if (option.sensitive && open !== undefined) {
        yield { path, problem: `uses the secret ${whole}, but ${open.problem}`, todo: open.todo };
      }
    }
  }
  for (const [key, text] of unfilled(manifest)) {
    if (!text.includes('${settings.')) continue;
    yield {
      path: ['source', key],
      problem: 'cannot use a setting',
      todo: 'Use it in args, env or permissions',
    };
  }
}

function declarationProblem(option: SettingOption) {
  const { type, multiple, sensitive, default: fallback, min, max } = option;
  if (sensitive && (type !== 'string' || multiple)) {
    return at('sensitive', 'is for single texts only', 'Remove it, or write "type": "string"');
  }
  if (sensitive && fallback !== undefined) {
    return at('default', 'would be a secret in a file that is not secret', 'Remove it');
  }
  const unfit = fallback === undefined ? undefined : settingProblem(option, fallback);
  if (unfit !== undefined) return at('default', unfit, 'Correct it');
  if (min !== undefined && max !== undefined && min > max)
    return at('min', 'is above max', 'Correct one of them');
  return undefined;
}

function at(key: string, problem: string, todo: string) {
  return { path: [key], text: { problem, todo } };
}

function* usesOf({ source, permissions }: ManifestFile): Iterable<Use> {
  if ('command' in source) {
    const open = canHideArguments(source.command, source.args) ? {} : { open: commandLine };
    yield* source.args.map((text, index) => ({ path: ['source', 'args', index], text, ...open }));
    yield* entriesOf('env', source.env);
  }
  if ('url' in source) {
    yield { path: ['source', 'url'], text: source.url };
    yield* entriesOf('headers', source.headers);
  }
  const { fs, net } = permissions;
  for (const [path, texts] of [
    [['permissions', 'fs', 'read'], fs.read],
    [['permissions', 'fs', 'write'], fs.write],
    [['permissions', 'net'], net],
  ] as const) {
    yield* texts.map((text, index) => ({ path: [...path, index], text, open: grants }));
  }
}

function entriesOf(key: string, entries: Readonly<Record<string, string>>): readonly Use[] {
  return Object.entries(entries).map(([name, text]) => ({ path: ['source', key, name], text }));
}

function unfilled({ source }: ManifestFile): readonly (readonly [string, string])[] {
  if (!('command' in source)) return [];
  return [
    ['command', source.command],
    ['cwd', source.cwd ?? ''],
  ];
}
