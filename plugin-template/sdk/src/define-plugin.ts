import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { checkDefinition } from './check-definition.ts';
import type { PluginDefinition } from './definition.ts';
import { writeToStderr } from './log.ts';
import { createServer } from './server.ts';
import { readSettings, type SettingDeclarations } from './settings.ts';
import { dataFolderOf, openStore } from './store.ts';

/** A plugin that can be served. */
export interface Plugin {
  /** Serves it on stdin and stdout, to clients of MCP 2026-07-28 and 2025-11-25, until stdin ends. */
  serve(): void;
}

/** A plugin by its definition. Throws a TypeError that says what to write instead when something is wrong with that. */
export function definePlugin<
  T,
  const S extends SettingDeclarations = Readonly<Record<string, never>>,
  D extends object = Readonly<Record<string, never>>,
>(definition: PluginDefinition<S, D, T>): Plugin {
  checkDefinition(definition);
  return { serve: () => serve(definition) };
}

function serve<S extends SettingDeclarations, D extends object, T>(
  definition: PluginDefinition<S, D, T>,
): void {
  const values = readSettings<S>(definition.settings, process.env);
  // Programs the plugin starts get its secrets only when it passes them on.
  delete process.env['NEXUS_SETTINGS'];
  for (const problem of values.problems) writeToStderr('error', problem);
  const dataFolder = dataFolderOf(definition.name, process.env);
  const store = openStore<D>(dataFolder, definition.store);
  serveStdio(() => createServer(definition, { values, store, dataFolder }), {
    onerror: (error) => writeToStderr('error', error.message),
  });
}
