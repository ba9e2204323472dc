import { join } from 'node:path';
import type { LaunchSpec } from '../../runtime/contract/sandbox.ts';

/** A launch of `main.mjs` in `pluginDir` with no permissions at all. */
export function specFor(pluginDir: string, change: Partial<LaunchSpec> = {}): LaunchSpec {
  return {
    plugin: 'probe',
    isolation: 'sandbox',
    command: 'node',
    args: [join(pluginDir, 'main.mjs')],
    cwd: pluginDir,
    env: {},
    packageDirs: [pluginDir],
    dataDir: join(pluginDir, 'data'),
    permissions: { fs: { read: [], write: [] }, net: [], env: [], exec: false },
    limits: { memoryMb: 256, pids: 64, timeoutMs: 60_000, concurrency: 64, outputBytes: 10_485_760 },
    ...change,
  };
}
