import { basename, join, resolve } from 'node:path';
import type { Manifest } from '../../contract/manifest.ts';
import { findScript } from './find-script.ts';
import { isNpxCommand } from './packages/npx-command.ts';
import { fillCommand } from './placeholders.ts';
import { packageDirOf } from './plugin-source.ts';
import { pluginDataDirOf, type KernelPlaces } from './prepare-options.ts';
import { systemDirs } from './program-folder.ts';

/**
 * Where a plugin's code is, as far as that can be told before it is prepared. It need not be there: one whose files are
 * missing is tried again when they come.
 */
export function codePlaces({ name, source }: Manifest, places: KernelPlaces): readonly string[] {
  const { manifestsDir, pluginsDir, dataDir } = places;
  if ('plugin' in source)
    return [packageDirOf(source.plugin, { file: join(manifestsDir, `${name}.json`), pluginsDir })];
  if ('mcpb' in source) return source.mcpb.includes('/') ? [resolve(manifestsDir, source.mcpb)] : [];
  if ('url' in source || isNpxCommand(source.command, source.args)) return [];
  const filled = fillCommand(source, { ...places, pluginDataDir: pluginDataDirOf(dataDir, name) });
  const { command, args, cwd = '' } = filled;
  const found = findScript(basename(command), args);
  const script = typeof found === 'string' ? [] : [resolve(manifestsDir, cwd, args[found.index] ?? '')];
  const files = command.includes('/') ? [resolve(manifestsDir, command), ...script] : script;
  return files.filter((file) => !systemDirs.test(file));
}
