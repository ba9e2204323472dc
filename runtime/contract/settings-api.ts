import { z } from 'zod';
import { pluginSchema } from './api.ts';
import { settingValueSchema } from './setting-option.ts';
import { settingDefinitionSchema, type SettingAuditEntry, type SettingView } from './settings.ts';

// What the API of settings takes and answers. `id` names the schema in the OpenAPI document.

const keySchema = z.string().describe('Such as log.level or plugin.NAME.KEY');
const expectedVersionSchema = z
  .int()
  .min(0)
  .optional()
  .describe('The version that was read; refused with SETTING_STALE when there is a newer one');
const newValueSchema = settingValueSchema
  .nullable()
  .optional()
  .describe('null clears it, so that the default is in force again; absent leaves it unchanged');

export const settingSchema = z
  .object({
    definition: settingDefinitionSchema,
    value: settingValueSchema.nullable().describe('In force; always null for a secret'),
    isSet: z.boolean().describe('false: the default is in force'),
    masked: z.string().nullable().describe('Of a secret that is set'),
    version: z.int(),
    updatedAt: z.int().nullable().describe('Milliseconds since 1970'),
    updatedBy: z.string().nullable(),
    problem: z.string().nullable().describe('Why what was set is not in force'),
  })
  .meta({ id: 'Setting' }) satisfies z.ZodType<SettingView>;

/** A setting after it was changed. */
export const changedSettingSchema = settingSchema
  .extend({
    plugin: pluginSchema
      .pick({ name: true, state: true, reason: true, nextStep: true, pending: true })
      .nullable()
      .describe(
        'The plugin whose setting it is, once it runs with it: `pending` says why it does not, or not yet after 10 s. Null for settings of the kernel',
      ),
  })
  .meta({ id: 'ChangedSetting' });

export const settingChangeSchema = z
  .strictObject({ value: newValueSchema, expectedVersion: expectedVersionSchema })
  .meta({ id: 'SettingChange' });

export const settingBatchSchema = z
  .strictObject({
    changes: z
      .array(settingChangeSchema.extend({ key: keySchema }))
      .min(1)
      .max(500),
  })
  .meta({ id: 'SettingBatch' });

/** By the plugin's own names of its settings. */
export const pluginSettingsChangeSchema = z
  .strictObject({ changes: z.record(z.string(), settingChangeSchema) })
  .meta({ id: 'PluginSettingsChange' });

export const settingAuditSchema = z
  .object({
    id: z.int(),
    key: z.string(),
    version: z.int(),
    oldValue: settingValueSchema.nullable().describe('Only dots for a secret'),
    newValue: settingValueSchema.nullable(),
    changedAt: z.int().describe('Milliseconds since 1970'),
    changedBy: z.string(),
  })
  .meta({ id: 'SettingAudit' }) satisfies z.ZodType<SettingAuditEntry>;

export const settingAuditQuerySchema = z.object({
  key: z.string().optional(),
  before: z.coerce.number().int().optional().describe('Id of the last entry of the page before'),
  limit: z.coerce.number().int().min(1).max(1_000).default(50),
});

const passphraseSchema = z.string().min(1).optional();

export const settingsExportSchema = z
  .strictObject({
    passphrase: passphraseSchema.describe('With it secrets are in it too, and all is encrypted'),
  })
  .meta({ id: 'SettingsExport' });

export const settingsFileSchema = z
  .strictObject({
    text: z.string().max(4_000_000).describe('JSON, or an armored age file (age-encryption.org/v1)'),
  })
  .meta({ id: 'SettingsFile' });

export const settingsImportSchema = settingsFileSchema
  .extend({ passphrase: passphraseSchema })
  .meta({ id: 'SettingsImport' });

/** Keys of settings. */
export const settingsImportedSchema = z
  .object({
    changed: z.array(z.string()).readonly(),
    undeclared: z.array(z.string()).readonly().describe('On record until a plugin declares them'),
    unknown: z
      .array(z.object({ key: z.string(), nearest: z.string().nullable().describe('What it may stand for') }))
      .readonly()
      .describe('Not set: there is no such setting'),
    leftOut: z.array(z.string()).readonly().describe('Secrets the file names and does not hold'),
  })
  .meta({ id: 'SettingsImported' });

export type SettingsImported = z.infer<typeof settingsImportedSchema>;
export type Setting = z.infer<typeof settingSchema>;
export type ChangedSetting = z.infer<typeof changedSettingSchema>;
export type SettingChangeBody = z.infer<typeof settingChangeSchema>;
