import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pluginInvalid, type AgentPlugin } from '../agent-plugin.ts';
import type { StdioServer } from '../agent-plugin-server.ts';
import { isInside, realPathInside, realPathOf } from '../contained-path.ts';
import type { Launch } from '../prepare-options.ts';
import type { Bundler } from './bundler.ts';

/**
 * The launch of a server whose entry is bundled (`extensions["dev.nexus"].bundle`), or undefined when this
 * server does not run that entry. The same package without the bundle runs in any other client: its
 * mcp.json starts the entry itself, and here that one argument is replaced. The process sees the bundle
 * instead of the package directory.
 */
export async function launchBundle(
  loaded: AgentPlugin,
  server: StdioServer,
  bundler: Bundler,
): Promise<Pick<Launch, 'args' | 'cwd' | 'packageDirs' | 'how'> | undefined> {
  const { root, extension } = loaded;
  if (extension.bundle === undefined || server.command !== 'node') return undefined;
  const entry = entryFile(root, extension.bundle);
  const index = server.args.findIndex(
    (arg) => !arg.startsWith('-') && realPathOf(resolve(server.cwd, arg)) === entry,
  );
  if (index < 0) return undefined;
  const { file, dir, hash } = await bundler.get(root, entry);
  const args = server.args.map((arg, at) => (at === index ? file : arg));
  return {
    args,
    cwd: isInside(root, server.cwd) ? dir : server.cwd,
    packageDirs: [dir],
    how: { bundle: hash, args: args.toSpliced(index, 1) },
  };
}

function entryFile(root: string, bundle: string): string {
  const file = realPathInside(root, join(root, bundle));
  if (file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true) return file;
  throw pluginInvalid(join(root, 'plugin.json'), {
    path: ['extensions', 'dev.nexus', 'bundle'],
    problem:
      file === undefined
        ? 'leads out of the plugin directory'
        : `is "${bundle}", which is no file of the package`,
    todo: 'Write the path of the entry file, relative to plugin.json, as in "src/main.ts"',
  });
}
