import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import { nearestWord } from '../base/nearest-word.ts';
import type { Scope } from '../contract/scope.ts';
import { settingProblem, type SettingValue } from '../contract/setting-option.ts';
import type { SettingRecord, SettingRecords, SettingWrite } from '../contract/setting-records.ts';
import type {
  SettingAuditEntry,
  SettingAuditQuery,
  SettingChange,
  SettingDefinition,
  Settings,
  SettingView,
} from '../contract/settings.ts';
import type { Keyring } from './keyring.ts';
import { Listeners } from './listeners.ts';
import { dots, StoredSetting } from './stored-setting.ts';

export interface LiveSettingsDeps {
  readonly records: SettingRecords;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Whose settings they are, and who is on record for what the kernel itself does to them. */
  readonly scope: Scope;
  /** A subscriber that threw; the change it was told of is in force. */
  readonly onError: (error: unknown) => void;
}

/** The settings of one tenant: all rows in memory, secrets sealed, and every change on record before it is in force. */
export class LiveSettings implements Settings {
  readonly #deps: LiveSettingsDeps;
  readonly #stored: StoredSetting;
  readonly #listeners: Listeners;
  readonly #rows: Map<string, SettingRecord>;
  readonly #owners = new Map<string, readonly SettingDefinition[]>();
  #definitions: ReadonlyMap<string, SettingDefinition> = new Map();
  /** Changes are made one after the other, each upon what the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: LiveSettingsDeps, rows: readonly SettingRecord[]) {
    this.#deps = deps;
    this.#stored = new StoredSetting(deps.scope.tenant, deps.keyring);
    this.#listeners = new Listeners(deps.onError);
    this.#rows = new Map(rows.map((row) => [row.key, row]));
  }

  /** Reads all that is on record, and finishes a replacement of the master key that was interrupted. */
  static async open(deps: LiveSettingsDeps): Promise<LiveSettings> {
    const settings = new LiveSettings(deps, await deps.records.all(deps.scope));
    await settings.#sealAnew();
    return settings;
  }

  define(owner: string, definitions: readonly SettingDefinition[]): void {
    this.#owners.set(owner, definitions);
    const all = [...this.#owners.values()].flat();
    this.#definitions = new Map(
      all.sort((a, b) => (a.key < b.key ? -1 : 1)).map((definition) => [definition.key, definition]),
    );
    if (this.#definitions.size !== all.length)
      throw new Error(`${owner} declares a setting that is already declared`);
    const inClear = definitions.flatMap(({ key, sensitive }) =>
      sensitive ? (this.#rows.get(key) ?? []) : [],
    );
    // Set before it was declared a secret.
    const open = inClear.filter(({ isSealed, value }) => !isSealed && value !== null);
    if (open.length > 0) this.#inTurn(() => this.#sealRows(open)).catch(this.#deps.onError);
  }

  isDeclared(key: string): boolean {
    return this.#definitions.has(key);
  }

  value(key: string): SettingValue | undefined {
    return this.#stored.inForce(this.#definition(key), this.#rows.get(key));
  }

  views(): readonly SettingView[] {
    return [...this.#definitions.values()].map((definition) =>
      this.#stored.view(definition, this.#rows.get(definition.key)),
    );
  }

  view(key: string): SettingView | undefined {
    const definition = this.#definitions.get(key);
    return definition === undefined ? undefined : this.#stored.view(definition, this.#rows.get(key));
  }

  async change(scope: Scope, changes: readonly SettingChange[]): Promise<readonly SettingView[]> {
    await this.#inTurn(async () => {
      if (new Set(changes.map(({ key }) => key)).size < changes.length) throw twice(changes);
      await this.#write(
        scope,
        changes.flatMap((change) => this.#plan(scope, change) ?? []),
      );
    });
    return changes.map(({ key }) => this.#stored.view(this.#definition(key), this.#rows.get(key)));
  }

  subscribe(pattern: string, listener: (keys: readonly string[]) => void): () => void {
    return this.#listeners.add(pattern, listener);
  }

  async audit(scope: Scope, query: SettingAuditQuery): Promise<readonly SettingAuditEntry[]> {
    const entries = await this.#deps.records.audit(scope, query);
    // What was in clear when it was changed may be declared a secret by now.
    return entries.map((entry) => (this.#isSecret(entry.key) ? { ...entry, ...hidden(entry) } : entry));
  }

  /** Encrypts every secret with a new master key. Ended in the middle, it is finished at the next start. Answers how many there are. */
  async replaceKey(): Promise<number> {
    return await this.#inTurn(async () => {
      this.#deps.keyring.replace();
      return await this.#sealAnew();
    });
  }

  /** Runs one change after the other; a failed one does not stop those behind it. */
  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => {});
    return done;
  }

  async #write(scope: Scope, writes: readonly SettingWrite[], isNews = true): Promise<void> {
    if (writes.length === 0) return;
    await this.#deps.records.write(scope, writes);
    for (const { record } of writes) this.#rows.set(record.key, record);
    if (isNews) this.#listeners.tell(writes.map(({ record }) => record.key));
  }

  #plan(scope: Scope, { key, value, expectedVersion }: SettingChange): SettingWrite | undefined {
    if (scope.tenant !== this.#deps.scope.tenant) {
      throw new NexusError('TENANT_UNKNOWN', { tenant: scope.tenant });
    }
    const definition = this.#definition(key);
    const row = this.#rows.get(key);
    const overVersion = row?.version ?? 0;
    if (expectedVersion !== undefined && expectedVersion !== overVersion) {
      throw stale(key, row, expectedVersion);
    }
    const problem = value === null ? undefined : settingProblem(definition, value);
    if (problem !== undefined) throw new NexusError('SETTING_INVALID', { key, problem });
    const before = this.#readable(row);
    if (value === null ? row === undefined || row.value === null : isDeepStrictEqual(before, value))
      return undefined;

    const version = overVersion + 1;
    const isSealed = value !== null && definition.sensitive;
    const isSecret = isSealed || row?.isSealed === true || definition.sensitive;
    const shown = { oldValue: before ?? null, newValue: value };
    const record = {
      key,
      value: value === null ? null : this.#stored.write(value, isSealed, key, version),
      isSealed,
      category: definition.category,
      version,
      updatedAt: this.#deps.clock.now(),
      updatedBy: scope.actor,
    };
    return {
      record,
      overVersion,
      audit: isSecret ? hidden({ ...shown, oldValue: row?.value ?? null }) : shown,
    };
  }

  /** Seals with the current key what an older one sealed, and then lets the older one go. */
  async #sealAnew(): Promise<number> {
    const { keyring } = this.#deps;
    const outdated = [...this.#rows.values()].filter(
      ({ isSealed, value }) => isSealed && value !== null && keyring.isOutdated(value),
    );
    const sealed = await this.#sealRows(outdated);
    keyring.forgetOld();
    return sealed;
  }

  /** Seals rows as they are, in one transaction; those that cannot be read stay. */
  async #sealRows(rows: readonly SettingRecord[]): Promise<number> {
    const writes = rows.flatMap((row) => {
      const set = this.#readable(row);
      if (set === undefined) return [];
      const value = this.#stored.write(set, true, row.key, row.version);
      return [{ record: { ...row, value, isSealed: true }, overVersion: row.version }];
    });
    await this.#write(this.#deps.scope, writes, false);
    return writes.length;
  }

  #readable(row: SettingRecord | undefined): SettingValue | undefined {
    if (row === undefined) return undefined;
    try {
      return this.#stored.read(row);
    } catch (error) {
      // What cannot be decrypted any more can still be replaced.
      if (error instanceof NexusError) return undefined;
      throw error;
    }
  }

  #isSecret(key: string): boolean {
    return this.#definitions.get(key)?.sensitive === true || this.#rows.get(key)?.isSealed === true;
  }

  #definition(key: string): SettingDefinition {
    const definition = this.#definitions.get(key);
    if (definition !== undefined) return definition;
    const meant = nearestWord(key, [...this.#definitions.keys()]);
    const todo = meant === undefined ? 'Run "nexus settings" for the names' : `Perhaps you mean "${meant}"`;
    throw new NexusError('SETTING_UNKNOWN', { key, todo });
  }
}

function hidden({ oldValue, newValue }: Pick<SettingAuditEntry, 'oldValue' | 'newValue'>) {
  return { oldValue: oldValue === null ? null : dots, newValue: newValue === null ? null : dots };
}

function stale(key: string, row: SettingRecord | undefined, expected: number): NexusError {
  const author = row?.updatedBy ?? 'nobody';
  const time = new Date(row?.updatedAt ?? 0).toISOString();
  return new NexusError('SETTING_STALE', { key, author, time, version: row?.version ?? 0, expected });
}

function twice(changes: readonly SettingChange[]): NexusError {
  const keys = changes.map(({ key }) => key);
  const key = keys.find((one, index) => keys.indexOf(one) !== index) ?? '';
  return new NexusError('SETTING_INVALID', { key, problem: 'is changed twice in one request' });
}
