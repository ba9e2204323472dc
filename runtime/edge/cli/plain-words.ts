import type { Plugin } from '../../contract/api.ts';
import { manifestSchema, type ManifestFile } from '../../contract/manifest.ts';
import { inOneLine } from './terminal.ts';

/** What a plugin may do, in plain words: pairs of what it is about and what is allowed. */
export function describePermissions(manifest: ManifestFile): readonly (readonly [string, string])[] {
  const { source, permissions, limits, isolation } = manifest;
  if ('url' in source) {
    return [['This machine', 'nothing: it runs elsewhere and sees what it is sent with each call']];
  }
  const { read, write } = permissions.fs;
  const own = 'its own code (reading) and its own data folder';
  return [
    ['Files', [own, ...list('reading', read), ...list('reading and writing', write)].join('; ')],
    ['Network', permissions.net.length === 0 ? 'none' : permissions.net.join(', ')],
    ['Environment', permissions.env.length === 0 ? "nothing of the kernel's" : permissions.env.join(', ')],
    ['Programs', permissions.exec ? 'may start others' : 'may not start any other'],
    [
      'Limits',
      `${limits.memoryMb} MB of memory, ${limits.pids} processes, ${limits.timeoutMs / 1_000} s a call`,
    ],
    ['Isolation', isolation === 'sandbox' ? 'a sandbox, or it is not started' : `at least "${isolation}"`],
  ];
}

/** A plugin's state as the end of "it is …". */
export function describeState(state: Plugin['state']): string {
  return state === 'error' ? 'in error' : state;
}

/** A manifest as it is shown by the API, or undefined when it is not one (any more). */
export function readShownManifest(manifest: unknown): ManifestFile | undefined {
  return manifestSchema.safeParse(manifest).data;
}

function list(how: string, paths: readonly string[]): readonly string[] {
  return paths.length === 0 ? [] : [`${how}: ${paths.join(', ')}`];
}

/** A change that is not in force, in one line. */
export function describePending({ kind, reason, nextStep }: NonNullable<Plugin['pending']>): string {
  if (kind === 'starting') return 'a change is being tried; what was before serves until it works';
  return inOneLine(`a change is not in force, what was before serves on: ${reason} ${nextStep}`);
}
