import { z } from 'zod';
import type { CallChannel } from './plugins.ts';
import type { Scope } from './scope.ts';
import type { ToolResult } from './tools.ts';

/** Field of a tool's `_meta` with which a plugin declares slash commands that run it. */
export const commandsMetaKey = 'dev.nexus/commands';

/** One slash command as a plugin declares it. */
export const declaredCommandSchema = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  description: z.string().max(1_000).optional(),
  positional: z.array(z.string()).max(64).optional().describe('Arguments that words without a name are'),
  with: z.record(z.string(), z.unknown()).optional().describe('Arguments that are always given'),
});
export type DeclaredCommand = z.infer<typeof declaredCommandSchema>;

/** A slash command as people are shown it. */
export const commandSchema = z
  .object({
    command: z.string().describe('What is typed, such as "/weather.today"'),
    usage: z.string().describe('The same with its arguments'),
    description: z.string(),
    plugin: z.string(),
    tool: z.string().describe("The plugin's own name of the tool it runs"),
  })
  .meta({ id: 'Command' });
export type CommandView = z.infer<typeof commandSchema>;

/** One line to be run. */
export const commandLineSchema = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(65_536)
      .describe('"/plugin.command" and its arguments, as in "/weather.today Paris"'),
  })
  .meta({ id: 'CommandLine' });

/** Slash commands: tools that people run by a line of text, without a model. */
export interface CommandRunner {
  /** Sorted by plugin; declared commands before those that every tool has by its own name. */
  list(): readonly CommandView[];
  knows(line: string): boolean;
  /**
   * Runs a line by the one invoke path, with the source "command". Rejects with COMMAND_UNKNOWN, with COMMAND_INVALID
   * and the usage, or like `ToolRunner.invoke`.
   */
  run(
    scope: Scope,
    line: string,
    client: string | null,
    channel: CallChannel,
    signal: AbortSignal,
  ): Promise<ToolResult>;
}
