import { McpServer, type CallToolResult, type ServerContext } from '@modelcontextprotocol/server';
import { resultOf } from './answer.ts';
import type { Answer, PluginDefinition, ToolContext, ToolDefinition } from './definition.ts';
import { createLog, writeToStderr } from './log.ts';
import { metaNames } from './meta-names.ts';
import type { SecretsOf, SettingDeclarations, SettingsOf, SettingValues } from './settings.ts';
import type { Store } from './store.ts';
import { hintsOf } from './tool-hints.ts';
import { toStandardSchema } from './tool-schema.ts';

/** The name of the tool that `health` becomes. */
export const healthTool = 'health';

/** What outlives a connection. */
export interface Surroundings<S, D> {
  readonly values: SettingValues<SettingsOf<S>, SecretsOf<S>>;
  readonly store: Store<D>;
  readonly dataFolder: string;
}

/** An MCP server with the plugin's tools, for one connection. */
export function createServer<S extends SettingDeclarations, D extends object, T>(
  definition: PluginDefinition<S, D, T>,
  surroundings: Surroundings<S, D>,
): McpServer {
  const { name, version = '0.0.0', instructions, settings = {}, tools, health } = definition;
  const capabilities = { logging: {}, experimental: { [metaNames.settings]: settings } };
  const server = new McpServer(
    { name, version },
    { capabilities, ...(instructions !== undefined && { instructions }) },
  );
  for (const key in tools) registerTool(server, key, tools[key], definition.commands ?? {}, surroundings);
  if (health !== undefined) {
    server.registerTool(
      healthTool,
      {
        description: `Says whether the plugin "${name}" can do its work`,
        annotations: { readOnlyHint: true },
        _meta: { [metaNames.health]: true },
      },
      async (call) => await answer(surroundings, call, async (context) => (await health(context)) ?? 'well'),
    );
  }
  return server;
}

function registerTool<Schema, S, D>(
  server: McpServer,
  name: string,
  { title, description, input, output, run, ...hints }: ToolDefinition<Schema, S, D>,
  commands: NonNullable<PluginDefinition<SettingDeclarations, object, unknown>['commands']>,
  surroundings: Surroundings<S, D>,
): void {
  server.registerTool(
    name,
    {
      description,
      ...(title !== undefined && { title }),
      inputSchema: toStandardSchema<Schema>(input, `input of "${name}"`),
      ...(output !== undefined && { outputSchema: toStandardSchema<unknown>(output, `output of "${name}"`) }),
      ...hintsOf(name, hints, commands),
    },
    async (args, call) => await answer(surroundings, call, (context) => run(args, context)),
  );
}

/** Runs a handler. What it throws becomes the result's error, for the model to read; the trace goes to the log. */
async function answer<S, D>(
  surroundings: Surroundings<S, D>,
  { mcpReq }: ServerContext,
  handler: (context: ToolContext<S, D>) => Answer | Promise<Answer>,
): Promise<CallToolResult> {
  const { settings, secrets, secretTexts, problems } = surroundings.values;
  const log = createLog(secretTexts, (level, text) => {
    writeToStderr(level, text);
    // A client that is gone hears nothing more; that is no trouble of the handler.
    mcpReq.log(level, text).catch(() => {});
  });
  if (problems.length > 0) return refusal(problems.join('. '));
  const { progressToken, [metaNames.run]: run } = mcpReq._meta ?? {};
  try {
    const context: ToolContext<S, D> = {
      settings,
      secrets,
      store: surroundings.store,
      dataFolder: surroundings.dataFolder,
      log,
      signal: mcpReq.signal,
      idempotencyKey: typeof run === 'string' ? run : crypto.randomUUID(),
      progress: async (done, total, message) => {
        if (progressToken === undefined || mcpReq.signal.aborted) return;
        const params = { progressToken, progress: done, total, message };
        await mcpReq.notify({ method: 'notifications/progress', params });
      },
    };
    return resultOf(await handler(context));
  } catch (error) {
    if (!mcpReq.signal.aborted)
      log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return refusal(error instanceof Error ? error.message : String(error));
  }
}

function refusal(text: string): CallToolResult {
  return { content: [{ type: 'text', text }], isError: true };
}
