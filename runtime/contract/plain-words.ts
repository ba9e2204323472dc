import type { PermissionWords } from './consent.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

/** An entry of permissions as it is shown: with what the settings it names stand for. */
type Spell = (entry: string, about: 'fs' | 'net') => string;

type Permitted = Pick<ManifestFile, 'permissions' | 'limits' | 'isolation'> & { readonly source: object };

/** What a plugin may do, in plain words. */
export function describePermissions(
  { source, permissions, limits, isolation }: Permitted,
  spell: Spell,
): readonly PermissionWords[] {
  if ('url' in source) {
    return [
      {
        about: 'This machine',
        allowed: 'nothing: it runs elsewhere and sees what it is sent with each call',
      },
    ];
  }
  const paths = (how: string, entries: readonly string[]): readonly string[] =>
    entries.length === 0 ? [] : [`${how}: ${entries.map((path) => spell(path, 'fs')).join(', ')}`];
  const { read, write } = permissions.fs;
  const own = 'its own code (reading) and its own data folder';
  return [
    {
      about: 'Files',
      allowed: [own, ...paths('reading', read), ...paths('reading and writing', write)].join('; '),
    },
    {
      about: 'Network',
      allowed: permissions.net.map((entry) => spell(entry, 'net')).join(', ') || 'none',
    },
    {
      about: 'Environment',
      allowed: permissions.env.length === 0 ? "nothing of the kernel's" : permissions.env.join(', '),
    },
    { about: 'Programs', allowed: permissions.exec ? 'may start others' : 'may not start any other' },
    {
      about: 'Limits',
      allowed: `${limits.memoryMb} MB of memory, ${limits.pids} processes, ${limits.timeoutMs / 1_000} s a call`,
    },
    {
      about: 'Isolation',
      allowed: isolation === 'sandbox' ? 'a sandbox, or it is not started' : `at least "${isolation}"`,
    },
  ];
}

/** Where a plugin comes from, in one line: the command, the address or the folder. */
export function describeSource({ source }: Pick<Manifest, 'source'>): string {
  if ('url' in source) return source.url;
  if ('plugin' in source) return source.plugin;
  return 'mcpb' in source ? source.mcpb : [source.command, ...source.args].join(' ');
}
