import { isDeepStrictEqual } from 'node:util';
import { NexusError } from '../base/errors.ts';
import { settingProblem, type SettingValue } from '../contract/setting-option.ts';
import { staleSetting, type SettingRecord, type SettingWrite } from '../contract/setting-records.ts';
import type {
  SettingAuditEntry,
  SettingChange,
  SettingCheck,
  SettingDefinition,
} from '../contract/settings.ts';
import { dots, type StoredSetting } from './stored-setting.ts';

/** What a change meets. */
interface Present {
  readonly definition: SettingDefinition;
  readonly row: SettingRecord | undefined;
  readonly stored: StoredSetting;
  readonly check?: SettingCheck | undefined;
}

interface Author {
  readonly actor: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What is to be written for a change; undefined when it changes nothing. Throws SETTING_INVALID or SETTING_STALE. */
export function planChange(
  { key, value, expectedVersion }: SettingChange,
  { definition, row, stored, check }: Present,
  { actor, now }: Author,
): SettingWrite | undefined {
  const overVersion = row?.version ?? 0;
  if (expectedVersion !== undefined && expectedVersion !== overVersion)
    throw staleSetting(key, row, expectedVersion);
  // A secret stays one until it is cleared, whatever a later definition says.
  const isSecret = definition.sensitive || row?.isSealed === true;
  const asked = { ...definition, sensitive: isSecret };
  const problem = value === null ? undefined : (settingProblem(asked, value) ?? check?.(key, value));
  if (problem !== undefined) throw new NexusError('SETTING_INVALID', { key, problem });
  const before = row === undefined ? undefined : stored.readable(row);
  const isCleared = row === undefined || row.value === null;
  if (value === null ? isCleared : isDeepStrictEqual(before, value)) return undefined;

  const version = overVersion + 1;
  const isSealed = value !== null && isSecret;
  return {
    overVersion,
    record: {
      key,
      value: value === null ? null : stored.write(value, isSealed, key, version),
      isSealed,
      category: definition.category,
      version,
      updatedAt: now,
      updatedBy: actor,
    },
    audit: isSecret
      ? hidden({ oldValue: row?.value ?? null, newValue: value })
      : { oldValue: before ?? null, newValue: value },
  };
}

/** What the audit shows of a secret. */
export function hidden({ oldValue, newValue }: Pick<SettingAuditEntry, 'oldValue' | 'newValue'>) {
  return { oldValue: oldValue === null ? null : dots, newValue: newValue === null ? null : dots };
}

/** What is taken for the definition of a setting whose owner is not there yet: anything of the kind it has. */
export function undeclared(key: string, value: SettingValue): SettingDefinition {
  const category = key.split('.').slice(0, -1).join('.');
  const type = typeof value === 'number' ? 'number' : typeof value === 'boolean' ? 'boolean' : 'string';
  return {
    key,
    category,
    type,
    title: key,
    required: false,
    multiple: Array.isArray(value),
    sensitive: false,
  };
}

/** Throws SETTING_INVALID when a request changes a setting twice. */
export function refuseTwins(changes: readonly { readonly key: string }[]): void {
  const seen = new Set<string>();
  for (const { key } of changes) {
    if (seen.has(key))
      throw new NexusError('SETTING_INVALID', { key, problem: 'is changed twice in one request' });
    seen.add(key);
  }
}
