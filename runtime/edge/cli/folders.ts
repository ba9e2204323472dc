import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { NexusError, systemCode } from '../../base/errors.ts';
import type { Config } from '../../index.ts';

const { R_OK, W_OK, X_OK } = constants;

/** Makes the folders of a kernel where they are missing. Throws CONFIG_INVALID for one that cannot be used. */
export function checkFolders({ dataDir, manifestsDir, pluginsDir, workspaceDir }: Config): void {
  // The data directory holds the token and the record of every call.
  check('--data', dataDir, R_OK | W_OK | X_OK, 0o700);
  check('--manifests', manifestsDir, R_OK | X_OK);
  check('--plugins', pluginsDir, R_OK | X_OK);
  check('--workspace', workspaceDir, R_OK | X_OK);
}

/** Not `recursive`: where a folder that is there holds no new one, as in /proc, that never ends. */
function makeFolder(dir: string, mode?: number): void {
  if (existsSync(dir)) return;
  makeFolder(dirname(dir), mode);
  try {
    mkdirSync(dir, mode);
  } catch (error) {
    // Another process may have been quicker.
    if (!existsSync(dir)) throw error;
  }
}

function check(option: string, dir: string, access: number, mode?: number): void {
  try {
    makeFolder(dir, mode);
    accessSync(dir, access);
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const expected = 'a folder this user can use';
    const todo = `Give another one with ${option}, or correct its permissions (${code})`;
    throw new NexusError('CONFIG_INVALID', { option, value: dir, expected, todo }, error);
  }
}
