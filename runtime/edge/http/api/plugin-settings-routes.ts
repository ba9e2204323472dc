import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import {
  changedSettingSchema,
  pluginSettingsChangeSchema,
  settingSchema,
  type Setting,
} from '../../../contract/settings-api.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';
import { afterChange, changeSettings } from './settings-routes.ts';

const byName = z.object({ name: z.string() });
const all = answers(z.array(settingSchema), 'All settings of the plugin');

const getRoute = createRoute({
  method: 'get',
  path: '/api/plugins/{name}/settings',
  summary: 'What the manifest of a plugin declares, with the values in force',
  request: { params: byName },
  responses: { 200: all, ...failures },
});
const putRoute = createRoute({
  method: 'put',
  path: '/api/plugins/{name}/settings',
  summary: 'Changes settings of a plugin, all or none; the plugin is swapped for one that has them',
  request: { params: byName, body: { required: true, ...jsonBody(pluginSettingsChangeSchema) } },
  responses: {
    200: answers(z.array(changedSettingSchema), 'All settings of the plugin, once it runs with them'),
    ...failures,
  },
});

export function pluginSettingsRoutes(kernel: Kernel) {
  return new OpenAPIHono<RequestEnv>()
    .openapi(getRoute, (c) => c.json(settingsOf(kernel, c.req.valid('param').name), 200))
    .openapi(putRoute, async (c) => {
      const { name } = c.req.valid('param');
      settingsOf(kernel, name);
      const changes = Object.entries(c.req.valid('json').changes);
      await changeSettings(
        kernel,
        scopeOf(c),
        changes.map(([key, change]) => ({ ...change, key: `plugin.${name}.${key}` })),
      );
      const after = settingsOf(kernel, name).map(({ definition }) => afterChange(kernel, definition.key));
      return c.json(after, 200);
    });
}

function settingsOf({ host, settings }: Kernel, plugin: string): Setting[] {
  if (host.status(plugin) === undefined) {
    throw new NexusError('PLUGIN_UNKNOWN', { plugin, todo: 'Run "nexus plugins" for the names' });
  }
  return settings.views().filter(({ definition }) => definition.category === `plugin.${plugin}`);
}
