import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { NexusError } from '../../../base/errors.ts';
import { nearestWord } from '../../../base/nearest-word.ts';
import type { Scope } from '../../../contract/scope.ts';
import {
  changedSettingSchema,
  settingAuditQuerySchema,
  settingAuditSchema,
  settingBatchSchema,
  settingChangeSchema,
  settingSchema,
  settingsExportSchema,
  settingsFileSchema,
  settingsImportedSchema,
  settingsImportSchema,
  type ChangedSetting,
  type SettingChangeBody,
  type Setting,
} from '../../../contract/settings-api.ts';
import { exportSettings, importSettings, type Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';

/** How long an answer waits for a plugin to run with its new settings, in milliseconds. */
const swapMs = 10_000;

const byKey = z.object({ key: z.string().describe('Such as log.level or plugin.NAME.KEY') });

const listRoute = createRoute({
  method: 'get',
  path: '/api/settings',
  summary: 'All settings of the kernel and its plugins, sorted by key; secrets masked',
  responses: { 200: answers(z.array(settingSchema), 'All settings'), ...failures },
});
const auditRoute = createRoute({
  method: 'get',
  path: '/api/settings/audit',
  summary: 'What was changed, when and by whom, newest first',
  request: { query: settingAuditQuerySchema },
  responses: { 200: answers(z.array(settingAuditSchema), 'A page of changes'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/settings/{key}',
  summary: 'One setting',
  request: { params: byKey },
  responses: { 200: answers(settingSchema, 'The setting'), ...failures },
});
const putRoute = createRoute({
  method: 'put',
  path: '/api/settings/{key}',
  summary: 'Changes one setting, in force at once; a value of null clears it',
  request: { params: byKey, body: { required: true, ...jsonBody(settingChangeSchema) } },
  responses: { 200: answers(changedSettingSchema, 'The setting after it'), ...failures },
});
const batchRoute = createRoute({
  method: 'post',
  path: '/api/settings/batch',
  summary: 'Changes several settings, all or none',
  request: { body: { required: true, ...jsonBody(settingBatchSchema) } },
  responses: { 200: answers(z.array(changedSettingSchema), 'The settings named, after it'), ...failures },
});
const replaceKeyRoute = createRoute({
  method: 'post',
  path: '/api/settings/rotate-key',
  summary: 'Encrypts every secret with a new master key',
  responses: { 200: answers(z.object({ secrets: z.int() }), 'How many secrets there are'), ...failures },
});
const exportRoute = createRoute({
  method: 'post',
  path: '/api/settings/export',
  summary: 'All that was set as a file: JSON without secrets, or everything encrypted with a passphrase',
  request: { body: { required: true, ...jsonBody(settingsExportSchema) } },
  responses: { 200: answers(settingsFileSchema, 'The file'), ...failures },
});
const importRoute = createRoute({
  method: 'post',
  path: '/api/settings/import',
  summary: 'Sets what an exported file holds, all or none; names that there are not are told and left out',
  request: { body: { required: true, ...jsonBody(settingsImportSchema) } },
  responses: { 200: answers(settingsImportedSchema, 'What it did'), ...failures },
});

export function settingsRoutes(kernel: Kernel) {
  const { settings } = kernel;
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, (c) => c.json([...settings.views()], 200))
    .openapi(auditRoute, async (c) => {
      const entries = await settings.audit(scopeOf(c), c.req.valid('query'));
      return c.json([...entries], 200);
    })
    .openapi(getRoute, (c) => c.json(settingOf(kernel, c.req.valid('param').key), 200))
    .openapi(putRoute, async (c) => {
      const { key } = c.req.valid('param');
      const [setting] = await changeSettings(kernel, scopeOf(c), [{ key, ...c.req.valid('json') }]);
      return c.json(setting ?? afterChange(kernel, key), 200);
    })
    .openapi(batchRoute, async (c) =>
      c.json(await changeSettings(kernel, scopeOf(c), c.req.valid('json').changes), 200),
    )
    .openapi(exportRoute, async (c) => {
      const { passphrase } = c.req.valid('json');
      return c.json({ text: await exportSettings(settings, passphrase) }, 200);
    })
    .openapi(importRoute, async (c) => {
      const { text, passphrase } = c.req.valid('json');
      return c.json(await importSettings(settings, scopeOf(c), text, passphrase), 200);
    })
    .openapi(replaceKeyRoute, async (c) => c.json({ secrets: await settings.replaceKey() }, 200));
}

/** Makes the changes that have a value or clear one, all or none; answers every setting named, once plugins run with them. */
export async function changeSettings(
  kernel: Kernel,
  scope: Scope,
  changes: readonly (SettingChangeBody & { readonly key: string })[],
): Promise<ChangedSetting[]> {
  const named = changes.flatMap(({ value, ...change }) =>
    value === undefined ? [] : [{ ...change, value }],
  );
  for (const { key } of changes) settingOf(kernel, key);
  await kernel.settings.change(scope, named);
  const plugins = new Set(named.flatMap(({ key }) => pluginOf(settingOf(kernel, key)) ?? []));
  await Promise.all([...plugins].map((plugin) => kernel.host.listed(swapMs, plugin)));
  return changes.map(({ key }) => afterChange(kernel, key));
}

function pluginOf({ definition: { category } }: Setting): string | undefined {
  return category.startsWith('plugin.') ? category.slice('plugin.'.length) : undefined;
}

/** A setting, and how the plugin is whose it is. */
export function afterChange(kernel: Kernel, key: string): ChangedSetting {
  const setting = settingOf(kernel, key);
  const status = kernel.host.status(pluginOf(setting) ?? '');
  if (status === undefined) return { ...setting, plugin: null };
  const { name, state, reason, nextStep, pending } = status;
  return { ...setting, plugin: { name, state, reason, nextStep, pending } };
}

function settingOf({ settings }: Kernel, key: string): Setting {
  const view = settings.view(key);
  if (view !== undefined) return view;
  const meant = nearestWord(
    key,
    settings.views().map(({ definition }) => definition.key),
  );
  const todo = meant === undefined ? 'Run "nexus settings" for the names' : `Perhaps you mean "${meant}"`;
  throw new NexusError('SETTING_UNKNOWN', { key, todo });
}
