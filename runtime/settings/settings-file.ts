import { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import { settingValueSchema } from '../contract/setting-option.ts';
import { settingDefinitionSchema } from '../contract/settings.ts';
import type { SettingContents } from './live-settings.ts';

const values = z.record(settingDefinitionSchema.shape.key, settingValueSchema);

/** Settings as they are carried from one installation to another. Only an encrypted file has `secrets`. */
const settingsFileSchema = z.strictObject({
  format: z.literal('nexus-settings'),
  version: z.literal(1),
  exportedAt: z.iso.datetime(),
  settings: values,
  secrets: values.default({}),
  /** Secrets that are not in it, by name. */
  leftOut: z.array(z.string()).default([]),
});
type SettingsFile = z.infer<typeof settingsFileSchema>;

/** Throws SETTINGS_FILE_INVALID. */
export function readSettingsFile(text: string): SettingsFile {
  const todo = 'Give a file that "nexus settings export" wrote';
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new NexusError('SETTINGS_FILE_INVALID', { problem: 'it is not JSON', todo }, error);
  }
  const parsed = settingsFileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const problem = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it does not fit'}`;
  throw new NexusError('SETTINGS_FILE_INVALID', { problem, todo });
}

/** The text of a file with these contents. */
export function settingsFileText({ at, settings, secrets, leftOut }: SettingContents): string {
  const exportedAt = new Date(at).toISOString();
  const file = { format: 'nexus-settings', version: 1, exportedAt, settings, secrets, leftOut };
  return `${JSON.stringify(file, null, 2)}\n`;
}
