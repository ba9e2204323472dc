import { bundleCommand, fillBundleText } from '../discover/mcpb/bundle-command.ts';
import { bundleObstacle } from '../discover/mcpb/bundle-fit.ts';
import type { BundleManifest } from '../discover/mcpb/bundle-manifest.ts';
import type { ReadBundle } from '../discover/mcpb/bundle-store.ts';
import { plainCandidate, type Candidate, type Wish, type WrittenOption } from './candidate.ts';
import { spellCommand } from './command-candidate.ts';
import { commandObstacle, type ImportMachine } from './machine.ts';

type UserOption = NonNullable<BundleManifest['user_config']>[string];

/** The plugin of an MCP bundle in `file`. What its user configures becomes its settings. */
export function bundleCandidate(
  file: string,
  { sha256, manifest, program, missing }: ReadBundle,
  machine: ImportMachine,
): Candidate {
  const { name, display_name: title = name, description, server } = manifest;
  const options = Object.entries(manifest.user_config ?? {});
  const unusable = options.find(([key]) => !/^[A-Za-z][\w-]*$/.test(key))?.[0];
  const line = bundleCommand(manifest, '${bundle}', machine.platform);
  return {
    ...plainCandidate,
    kind: 'mcpb',
    givenName: name,
    title,
    description,
    source: { mcpb: `${sha256}.mcpb`, sha256 },
    command: spellCommand(line.command, line.args),
    settings: Object.fromEntries(options.map(([key, option]) => [key, settingOf(option)])),
    chosen: options
      .filter(([, { type }]) => type === 'directory' || type === 'file')
      .map(([key]) => `\${settings.${key}}`),
    wishes: options
      .filter(([, { type }]) => type === 'directory')
      .map(([key, option]) => writeWish(key, option)),
    obstacle:
      bundleObstacle(manifest, machine) ??
      programObstacle(program, machine) ??
      (unusable === undefined
        ? null
        : {
            problem: `its setting "${unusable}" has a name that cannot be used`,
            todo: 'Ask its author to name it with letters, digits, "_" and "-"',
          }) ??
      (server.type === 'python' && line.command === 'python'
        ? commandObstacle('python3', line.args, machine)
        : commandObstacle(line.command, line.args, machine)),
    bundle: { file, sha256 },
    missing,
  };
}

/** A text of a bundle that is not unpacked yet. */
function fill(text: string): string {
  return fillBundleText(text, '${bundle}');
}

function settingOf(option: UserOption): WrittenOption {
  const { title, description, default: initial, ...rest } = option;
  const isList = Array.isArray(initial);
  const filled = isList ? initial.map(fill) : typeof initial === 'string' ? fill(initial) : initial;
  return {
    ...rest,
    // Forms need a name, and the format allows an empty one.
    title: title === '' ? description : title,
    ...(description === '' ? {} : { description }),
    ...(filled === undefined || filled === '' ? {} : { default: filled }),
  };
}

function writeWish(key: string, { title }: UserOption): Wish {
  const why = `if it is to change anything in the folder chosen as "${title}"`;
  return { kind: 'write', value: `\${settings.${key}}`, why };
}

const systems: Readonly<Record<string, { readonly name: string; readonly platform: NodeJS.Platform }>> = {
  'mach-o': { name: 'macOS', platform: 'darwin' },
  pe: { name: 'Windows', platform: 'win32' },
  elf: { name: 'Linux', platform: 'linux' },
};

/** What the first bytes of a binary say, whatever its manifest does. */
function programObstacle(
  program: ReadBundle['program'],
  machine: ImportMachine,
): { readonly problem: string; readonly todo: string } | null {
  const system = program === undefined ? undefined : systems[program];
  if (system === undefined || system.platform === machine.platform) return null;
  return {
    problem: `its program is built for ${system.name}`,
    todo: 'Ask its author for a bundle for this system',
  };
}
