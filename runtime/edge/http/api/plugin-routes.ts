import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import { redact } from '../../../base/redact.ts';
import {
  addedPluginSchema,
  listedPluginSchema,
  newPluginSchema,
  pluginDetailSchema,
  pluginLogSchema,
  pluginSchema,
  toolPolicyChangeSchema,
  type Plugin,
  type ToolPolicyChange,
} from '../../../contract/api.ts';
import { isJsonObject, type JsonObject } from '../../../contract/plugins.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { uploadHint } from './bundle-upload.ts';
import { followed } from './followed.ts';
import { manifestFileOf, setEnabled, setToolPolicy } from './manifest-files.ts';
import { statusOf, viewPlugin } from './plugin-view.ts';
import { viewTool } from './tool-view.ts';

const byName = { params: z.object({ name: z.string() }) };
const changed = { 200: answers(pluginSchema, 'The plugin after it'), ...failures };

const listRoute = createRoute({
  method: 'get',
  path: '/api/plugins',
  summary: 'All plugins, sorted by name',
  responses: { 200: answers(z.array(listedPluginSchema), 'All plugins'), ...failures },
});
const addRoute = createRoute({
  method: 'post',
  path: '/api/plugins',
  summary:
    'Writes the manifest of a new plugin; it may do what that grants, and nothing is granted by default',
  description: uploadHint,
  request: { body: { required: true, ...jsonBody(newPluginSchema) } },
  responses: { 201: answers(addedPluginSchema, 'The manifest as it was written'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/plugins/{name}',
  summary: 'One plugin with its manifest and its tools',
  request: byName,
  responses: { 200: answers(pluginDetailSchema, 'The plugin'), ...failures },
});
const logsRoute = createRoute({
  method: 'get',
  path: '/api/plugins/{name}/logs',
  summary: 'The last lines it wrote to stderr',
  request: byName,
  responses: { 200: answers(pluginLogSchema, 'At most 200 lines'), ...failures },
});
const policyRoute = createRoute({
  method: 'patch',
  path: '/api/plugins/{name}/tool-policy',
  summary:
    'Writes into its manifest how one of its tools is treated; less care than was agreed to waits for approval',
  request: { ...byName, body: { required: true, ...jsonBody(toolPolicyChangeSchema) } },
  responses: changed,
});
const action = (name: 'restart' | 'enable' | 'disable', summary: string) =>
  createRoute({
    method: 'post',
    path: `/api/plugins/{name}/${name}`,
    summary,
    request: byName,
    responses: changed,
  } as const);

export function pluginRoutes(kernel: Kernel) {
  const { manifestsDir } = kernel.config;
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => {
      const listed = kernel.host.statuses().map(async (status) => {
        const health = await kernel.health.summary(status);
        return { ...viewPlugin(kernel, status), health };
      });
      return c.json(await Promise.all(listed), 200);
    })
    .openapi(addRoute, async (c) => {
      const { name } = c.req.valid('json');
      // Not the parsed body, which has every default filled in.
      const body: unknown = await c.req.json();
      const added = await kernel.imports.add(name, isJsonObject(body) ? body : {});
      await followed(kernel, name, (status) => status !== undefined);
      return c.json({ name, manifestFile: added.file, manifest: added.manifest }, 201);
    })
    .openapi(getRoute, async (c) => {
      const { name } = c.req.valid('param');
      const tools = kernel.catalogue.entries().filter(({ plugin }) => plugin === name);
      const status = statusOf(kernel, name);
      const detail = {
        status,
        health: await kernel.health.health(status),
        manifest: shownManifest(kernel, name),
        manifestFile: manifestFileOf(manifestsDir, name),
        tools: tools.map((entry) => viewTool(entry, kernel)),
      };
      return c.json(detail, 200);
    })
    .openapi(logsRoute, (c) => {
      const { name: plugin } = statusOf(kernel, c.req.valid('param').name);
      return c.json({ plugin, lines: kernel.host.stderr(plugin) }, 200);
    })
    .openapi(policyRoute, async (c) => {
      return c.json(await changePolicy(kernel, c.req.valid('param').name, c.req.valid('json')), 200);
    })
    .openapi(action('restart', 'Stops it; the next call starts it afresh'), async (c) => {
      const { name } = statusOf(kernel, c.req.valid('param').name);
      await kernel.host.restart(name);
      return c.json(statusOf(kernel, name), 200);
    })
    .openapi(action('enable', 'Sets "enabled": true in its manifest'), async (c) => {
      return c.json(await switchPlugin(kernel, c.req.valid('param').name, true), 200);
    })
    .openapi(action('disable', 'Sets "enabled": false in its manifest'), async (c) => {
      return c.json(await switchPlugin(kernel, c.req.valid('param').name, false), 200);
    });
}

async function switchPlugin(kernel: Kernel, plugin: string, enabled: boolean): Promise<Plugin> {
  const { name } = statusOf(kernel, plugin);
  await setEnabled(kernel.config.manifestsDir, name, enabled);
  await followed(kernel, name, (status) => (status?.state === 'disabled') === !enabled);
  return statusOf(kernel, name);
}

/** Throws TOOL_UNKNOWN for what is not offered: nobody could see what a word about it does. */
async function changePolicy(kernel: Kernel, plugin: string, change: ToolPolicyChange): Promise<Plugin> {
  const { name } = statusOf(kernel, plugin);
  const { tool, ...policy } = change;
  const entryOf = () => kernel.catalogue.entries().find((one) => one.plugin === name && one.tool === tool);
  if (entryOf() === undefined)
    throw new NexusError('TOOL_UNKNOWN', {
      tool: `${name}.${tool}`,
      todo: 'Run "nexus tools" for the names',
    });
  await setToolPolicy(kernel.config.manifestsDir, name, tool, policy);
  kernel.log.info({ plugin: name, tool, ...policy }, 'how a tool is treated was written into its manifest');
  await followed(kernel, name, (status) => {
    if (status?.pending !== null || status.state === 'quarantined') return true;
    const now = entryOf()?.manifest.tools[tool];
    return (['effect', 'approval'] as const).every(
      (key) => policy[key] === undefined || (now?.[key] ?? null) === policy[key],
    );
  });
  return statusOf(kernel, name);
}

/** The manifest in force; values of its environment and headers are secrets until proven otherwise. */
function shownManifest({ host }: Kernel, plugin: string): JsonObject | null {
  const manifest = host.view(plugin)?.manifest;
  if (manifest === undefined) return null;
  const shown = redact(manifest);
  return isJsonObject(shown) ? shown : null;
}
