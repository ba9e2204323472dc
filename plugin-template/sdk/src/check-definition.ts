import type { PluginDefinition } from './definition.ts';
import { healthTool } from './server.ts';
import type { SettingDeclarations } from './settings.ts';

/** The names that Nexus gives plugins: that of the manifest, of the data folder and of the tools' prefix. */
const pluginName = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;
/** Names every client takes (MCP 2025-11-25, "Tool Names"), a prefix included. */
const toolName = /^[A-Za-z0-9_-]{1,64}$/;

/** Finds what would only come to light when somebody calls. Throws a TypeError that says what to write instead. */
export function checkDefinition<S extends SettingDeclarations, D extends object, T>({
  name,
  settings,
  tools,
  commands = {},
  health,
}: PluginDefinition<S, D, T>): void {
  if (!pluginName.test(name))
    throw new TypeError(
      `The plugin is named "${name}"; write 1 to 64 lower-case letters, digits and inner hyphens`,
    );
  for (const key of Object.keys(settings ?? {})) {
    if (!/^[A-Za-z]\w*$/.test(key))
      throw new TypeError(`The setting "${key}" needs a name of letters, digits and _, as in "API_KEY"`);
  }
  for (const tool of [...Object.keys(tools), ...Object.keys(commands)]) {
    if (!toolName.test(tool))
      throw new TypeError(`"${tool}" is no name of a tool or command; write 1 to 64 of A-Z a-z 0-9 _ -`);
  }
  if (health !== undefined && Object.hasOwn(tools, healthTool))
    throw new TypeError(`The tool "${healthTool}" is made of "health"; give yours another name`);
  for (const [command, { tool }] of Object.entries(commands)) {
    if (!Object.hasOwn(tools, tool))
      throw new TypeError(
        `The command "${command}" runs the tool "${tool}", which is none of ${Object.keys(tools).join(', ')}`,
      );
  }
}
