import { NexusError } from '../base/errors.ts';
import type { Scope } from './scope.ts';
import type { SettingAuditEntry, SettingAuditQuery, SettingValue } from './settings.ts';

/** A setting as it is kept. */
export interface SettingRecord {
  readonly key: string;
  /** JSON, or the sealed text of a secret; null: it was cleared. */
  readonly value: string | null;
  readonly isSealed: boolean;
  readonly category: string;
  readonly version: number;
  readonly updatedAt: number;
  readonly updatedBy: string;
}

/** One row to write, over the version that was read. */
export interface SettingWrite {
  readonly record: SettingRecord;
  /** 0 when there was none. */
  readonly overVersion: number;
  /** What the audit says of it; absent when nothing changed but how it is kept. */
  readonly audit?: { readonly oldValue: SettingValue | null; readonly newValue: SettingValue | null };
}

/** SETTING_STALE, with the author and time of what is there. */
export function staleSetting(
  key: string,
  row: Pick<SettingRecord, 'version' | 'updatedAt' | 'updatedBy'> | undefined,
  expected: number,
): NexusError {
  if (row === undefined)
    return new NexusError('SETTING_STALE', { key, change: 'was never set', version: 0, expected });
  const { version, updatedBy: author } = row;
  const time = new Date(row.updatedAt).toISOString();
  const change = `was changed by ${author} at ${time}`;
  return new NexusError('SETTING_STALE', { key, change, author, time, version, expected });
}

/** Where settings are kept. */
export interface SettingRecords {
  all(scope: Scope): Promise<readonly SettingRecord[]>;
  /** In one transaction, all or none. Rejects with SETTING_STALE when a row has another version by now. */
  write(scope: Scope, writes: readonly SettingWrite[]): Promise<void>;
  audit(scope: Scope, query: SettingAuditQuery): Promise<readonly SettingAuditEntry[]>;
}
