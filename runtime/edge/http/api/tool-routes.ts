import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import { nearestWord } from '../../../base/nearest-word.ts';
import { callResultSchema, callSchema, toolSchema } from '../../../contract/api.ts';
import type { ToolEntry } from '../../../contract/tools.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { answered, channelOf, firstListingMs, goneSignal } from './caller.ts';
import { scopeOf, sourceOf, type RequestEnv } from './request-source.ts';
import { viewTool } from './tool-view.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/tools',
  summary: 'The tools of all plugins, under their public names',
  responses: { 200: answers(z.array(toolSchema), 'All tools'), ...failures },
});
const callRoute = createRoute({
  method: 'post',
  path: '/api/call',
  summary: 'Runs a tool; the run ends when the caller goes away',
  request: { body: { required: true, ...jsonBody(callSchema) } },
  responses: { 200: answers(callResultSchema, 'The result of the tool'), ...failures },
});

export function toolRoutes(kernel: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => {
      await kernel.host.listed(firstListingMs);
      return c.json(
        kernel.catalogue.entries().map((entry) => viewTool(entry, kernel)),
        200,
      );
    })
    .openapi(callRoute, async (c) => {
      const { tool, arguments: args } = c.req.valid('json');
      const gone = goneSignal(c.env, tool);
      const entry = await findTool(kernel, tool);
      const source = sourceOf(c);
      const call = { tool: entry.publicName, args, source, client: c.req.header('user-agent') ?? null };
      const done = kernel.tools.invoke(scopeOf(c), call, channelOf(kernel), gone);
      return c.json(await answered(tool, done), 200);
    });
}

/** A tool by its public name or as `plugin.tool`. Throws TOOL_UNKNOWN with the nearest name there is. */
async function findTool({ host, catalogue }: Kernel, name: string): Promise<ToolEntry> {
  const find = (): ToolEntry | undefined =>
    catalogue.tool(name) ?? catalogue.entries().find(({ plugin, tool }) => `${plugin}.${tool}` === name);
  const known = find();
  if (known !== undefined) return known;
  await host.listedFor(name);
  const found = find();
  if (found !== undefined) return found;
  const held = catalogue.held(name);
  if (held !== undefined) throw held;
  const entries = catalogue.entries();
  const names = entries.map(({ plugin, tool }) => `${plugin}.${tool}`);
  const meant = nearestWord(name, [...names, ...entries.map(({ publicName }) => publicName)]);
  const owner = host.status(name.split('.', 1)[0] ?? '');
  throw new NexusError('TOOL_UNKNOWN', { tool: name, todo: advice(meant, owner) });
}

function advice(
  meant: string | undefined,
  owner: { readonly name: string; readonly state: string } | undefined,
): string {
  if (meant !== undefined) return `Perhaps you mean "${meant}"`;
  if (owner?.state === 'error' || owner?.state === 'disabled' || owner?.state === 'quarantined')
    return `Plugin "${owner.name}" is in state ${owner.state}: see "nexus plugin health ${owner.name}"`;
  return 'Run "nexus tools" for the names';
}
