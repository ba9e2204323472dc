import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import { settingValueSchema } from '../contract/setting-option.ts';
import {
  staleSetting,
  type SettingRecord,
  type SettingRecords,
  type SettingWrite,
} from '../contract/setting-records.ts';
import type { SettingAuditEntry, SettingAuditQuery } from '../contract/settings.ts';
import type { GroupWriter } from './group-writer.ts';

type SettingRow = Omit<SettingRecord, 'isSealed'> & { readonly encrypted: number };
type AuditRow = Omit<SettingAuditEntry, 'oldValue' | 'newValue'> & {
  readonly oldValue: string | null;
  readonly newValue: string | null;
};

const auditedValue = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : settingValueSchema.parse(JSON.parse(text))));

const columns = `key, value, encrypted, category, version, updated_at AS updatedAt, updated_by AS updatedBy`;

/** The settings of all tenants in the kernel's SQLite database. */
export class SqliteSettingRecords implements SettingRecords {
  readonly #db: Database.Database;
  readonly #writer: GroupWriter;

  constructor(db: Database.Database, writer: GroupWriter) {
    this.#db = db;
    this.#writer = writer;
  }

  async all({ tenant }: Scope): Promise<readonly SettingRecord[]> {
    const rows = this.#db
      .prepare<[string], SettingRow>(`SELECT ${columns} FROM settings WHERE tenant = ? ORDER BY key`)
      .all(tenant);
    return rows.map(({ encrypted, ...row }) => ({ ...row, isSealed: encrypted === 1 }));
  }

  async write(scope: Scope, writes: readonly SettingWrite[]): Promise<void> {
    // Within the transaction of the group it is a savepoint: a stale row takes back the rows before it.
    const all = this.#db.transaction(() => {
      for (const write of writes) this.#writeOne(scope, write);
    });
    await this.#writer.write(() => all());
  }

  async audit({ tenant }: Scope, query: SettingAuditQuery): Promise<readonly SettingAuditEntry[]> {
    const { key = null, before = null, limit } = query;
    const rows = this.#db
      .prepare<[Record<string, unknown>], AuditRow>(
        `SELECT id, key, version, old_value AS oldValue, new_value AS newValue, changed_at AS changedAt,
            changed_by AS changedBy
          FROM settings_audit
          WHERE tenant = @tenant AND (@key IS NULL OR key = @key) AND (@before IS NULL OR id < @before)
          ORDER BY id DESC LIMIT @limit`,
      )
      .all({ tenant, key, before, limit });
    return rows.map((row) => ({
      ...row,
      oldValue: auditedValue.parse(row.oldValue),
      newValue: auditedValue.parse(row.newValue),
    }));
  }

  #writeOne({ tenant }: Scope, { record, overVersion, audit }: SettingWrite): void {
    const { key, value, isSealed, category, version, updatedAt, updatedBy } = record;
    const { changes } = this.#db
      .prepare(
        overVersion === 0
          ? `INSERT INTO settings (tenant, key, value, encrypted, category, version, updated_at, updated_by)
              VALUES (@tenant, @key, @value, @encrypted, @category, @version, @updatedAt, @updatedBy)
              ON CONFLICT DO NOTHING`
          : `UPDATE settings SET value = @value, encrypted = @encrypted, category = @category, version = @version,
                updated_at = @updatedAt, updated_by = @updatedBy
              WHERE tenant = @tenant AND key = @key AND version = @overVersion`,
      )
      .run({
        tenant,
        key,
        value,
        encrypted: isSealed ? 1 : 0,
        category,
        version,
        updatedAt,
        updatedBy,
        ...(overVersion === 0 ? {} : { overVersion }),
      });
    if (changes !== 1) throw this.#stale(tenant, key, overVersion);
    if (audit === undefined) return;
    this.#db
      .prepare(
        `INSERT INTO settings_audit (tenant, key, version, old_value, new_value, changed_at, changed_by)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(tenant, key, version, json(audit.oldValue), json(audit.newValue), updatedAt, updatedBy);
  }

  #stale(tenant: string, key: string, expected: number): NexusError {
    const row = this.#db
      .prepare<[string, string], SettingRow>(`SELECT ${columns} FROM settings WHERE tenant = ? AND key = ?`)
      .get(tenant, key);
    return staleSetting(key, row, expected);
  }
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
