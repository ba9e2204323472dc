import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { NexusError } from './base/errors.ts';

/** What the kernel must know before it can read any setting. All paths are absolute. */
export interface Config {
  readonly host: string;
  /** 0 lets the system pick a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly manifestsDir: string;
  readonly pluginsDir: string;
  readonly workspaceDir: string;
  /** A `.env` whose values become settings at the next start. */
  readonly envFile?: string | undefined;
  readonly allowUnsandboxed: boolean;
  /** Folder of the web console's package; without one there is no console. */
  readonly consoleDir?: string | undefined;
}

export interface ConfigOptions {
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly manifests?: string | undefined;
  readonly plugins?: string | undefined;
  readonly workspace?: string | undefined;
  readonly env?: string | undefined;
  readonly allowUnsandboxed?: boolean | undefined;
}

/** The folder that holds runtime/, plugins/, manifests/ and, unless told otherwise, data/ and workspace/. */
export const rootDir = resolve(import.meta.dirname, '..');
const defaultPort = 4_700;

/** Completes what was given on the command line with the defaults; relative paths start at the working directory. */
export function readConfig(options: ConfigOptions): Config {
  const port = options.port === undefined ? defaultPort : Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    const expected = 'a port number';
    const todo = 'Give --port a number from 0 (any free port) to 65535';
    throw new NexusError('CONFIG_INVALID', { option: '--port', value: String(options.port), expected, todo });
  }
  return {
    host: '127.0.0.1',
    port,
    dataDir: resolve(options.data ?? join(rootDir, 'data')),
    manifestsDir: resolve(options.manifests ?? join(rootDir, 'manifests')),
    pluginsDir: resolve(options.plugins ?? join(rootDir, 'plugins')),
    workspaceDir: resolve(options.workspace ?? join(rootDir, 'workspace')),
    // With a data directory of its own a kernel has nothing to do with the program's folder.
    envFile: envFileOf(options),
    allowUnsandboxed: options.allowUnsandboxed ?? false,
    consoleDir: consoleDirOf(rootDir),
  };
}

/** Undefined where the program came without a console. */
function consoleDirOf(root: string): string | undefined {
  const dir = join(root, 'runtime', 'console');
  return existsSync(join(dir, 'package.json')) ? dir : undefined;
}

function envFileOf({ env, data }: ConfigOptions): string | undefined {
  if (env !== undefined) return resolve(env);
  return data === undefined ? join(rootDir, '.env') : undefined;
}
