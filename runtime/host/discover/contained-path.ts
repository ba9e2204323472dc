import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { systemCode } from '../../base/errors.ts';

/** Whether `path` is `folder` or lies in it. Lexical: give real paths. */
export function isInside(folder: string, path: string): boolean {
  const away = relative(folder, path);
  return away !== '..' && !away.startsWith(`..${sep}`) && !isAbsolute(away);
}

/**
 * The real path of `path`, of which the last parts need not exist. Every symbolic link on the way is
 * followed, dangling ones too, so that none leads out of a folder unseen.
 */
export function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch (error) {
    if (!isMissing(error) || dirname(absolute) === absolute) throw error;
  }
  const parent = realPathOf(dirname(absolute));
  const target = linkTarget(absolute);
  return target === undefined ? join(parent, basename(absolute)) : realPathOf(resolve(parent, target));
}

/** The real path of `path`, or undefined when it leads out of `folder` (a real path itself). */
export function realPathInside(folder: string, path: string): string | undefined {
  const real = realPathOf(path);
  return isInside(folder, real) ? real : undefined;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (isMissing(error) || systemCode(error) === 'EINVAL') return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
