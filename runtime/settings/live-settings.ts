import type { Clock } from '../base/clock.ts';
import { NexusError } from '../base/errors.ts';
import type { SecretFinder } from '../base/known-secrets.ts';
import { nearestWord } from '../base/nearest-word.ts';
import type { Scope } from '../contract/scope.ts';
import type { SettingValue } from '../contract/setting-option.ts';
import type { SettingRecord, SettingRecords, SettingWrite } from '../contract/setting-records.ts';
import type {
  SettingAuditEntry,
  SettingAuditQuery,
  SettingChange,
  SettingCheck,
  SettingDefinition,
  Settings,
  SettingView,
} from '../contract/settings.ts';
import type { Keyring } from './keyring.ts';
import { Listeners } from './listeners.ts';
import { hidden, planChange, refuseTwins, undeclared } from './plan-change.ts';
import { StoredSetting } from './stored-setting.ts';

export interface LiveSettingsDeps {
  readonly records: SettingRecords;
  readonly keyring: Keyring;
  readonly clock: Clock;
  /** Whose settings they are, and who is on record for what the kernel itself does to them. */
  readonly scope: Scope;
  /** Learns every secret, so that logs and records can leave it out. */
  readonly finder: SecretFinder;
  /** A subscriber that threw; the change it was told of is in force. */
  readonly onError: (error: unknown) => void;
}

/** What was set, by key. */
export interface SettingContents {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly settings: Readonly<Record<string, SettingValue>>;
  readonly secrets: Readonly<Record<string, SettingValue>>;
  /** Secrets that are not among them. */
  readonly leftOut: readonly string[];
}

/** The settings of one tenant: all rows in memory, secrets sealed, and every change on record before it is in force. */
export class LiveSettings implements Settings {
  readonly #deps: LiveSettingsDeps;
  readonly #stored: StoredSetting;
  readonly #listeners: Listeners;
  readonly #rows: Map<string, SettingRecord>;
  readonly #checks = new Map<string, SettingCheck | undefined>();
  readonly #owners = new Map<string, readonly SettingDefinition[]>();
  #definitions: ReadonlyMap<string, SettingDefinition> = new Map();
  /** Changes are made one after the other, each upon what the one before left. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(deps: LiveSettingsDeps, rows: readonly SettingRecord[]) {
    this.#deps = deps;
    this.#stored = new StoredSetting(deps.scope.tenant, deps.keyring);
    this.#listeners = new Listeners(deps.onError);
    this.#rows = new Map(rows.map((row) => [row.key, row]));
    for (const row of rows) this.#learn(row);
  }

  /** Reads all that is on record, and finishes a replacement of the master key that was interrupted. */
  static async open(deps: LiveSettingsDeps): Promise<LiveSettings> {
    const settings = new LiveSettings(deps, await deps.records.all(deps.scope));
    await settings.#sealAnew();
    return settings;
  }

  define(owner: string, definitions: readonly SettingDefinition[], check?: SettingCheck): void {
    this.#owners.set(owner, definitions);
    for (const { key } of definitions) this.#checks.set(key, check);
    const all = [...this.#owners.values()].flat();
    this.#definitions = new Map(
      all.sort((a, b) => (a.key < b.key ? -1 : 1)).map((definition) => [definition.key, definition]),
    );
    if (this.#definitions.size !== all.length)
      throw new Error(`${owner} declares a setting that is already declared`);
    const secrets = definitions.filter(({ sensitive }) => sensitive).map(({ key }) => key);
    if (this.#inClear(secrets).length === 0) return;
    this.#inTurn(() => this.#sealRows(this.#inClear(secrets))).catch(this.#deps.onError);
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
    this.#checkTenant(scope);
    refuseTwins(changes);
    await this.#inTurn(async () => {
      const writes = changes.flatMap(
        (change) => this.#plan(scope, change, this.#definition(change.key)) ?? [],
      );
      await this.#write(scope, writes);
    });
    return changes.map(({ key }) => this.#stored.view(this.#definition(key), this.#rows.get(key)));
  }

  kept(owner: string): readonly string[] {
    const rows = [...this.#rows.values()];
    return rows.flatMap(({ key, value }) =>
      value !== null && key.startsWith(`${owner}.`) ? [key.slice(owner.length + 1)] : [],
    );
  }

  async clear(scope: Scope, owner: string): Promise<number> {
    this.#checkTenant(scope);
    return await this.#inTurn(async () => {
      const writes = this.kept(owner).flatMap((name) => {
        const key = `${owner}.${name}`;
        const definition = this.#definitions.get(key) ?? undeclared(key, '');
        return this.#plan(scope, { key, value: null }, definition) ?? [];
      });
      await this.#write(scope, writes);
      return writes.length;
    });
  }

  subscribe(pattern: string, listener: (keys: readonly string[]) => void): () => void {
    return this.#listeners.add(pattern, listener);
  }

  async audit(scope: Scope, query: SettingAuditQuery): Promise<readonly SettingAuditEntry[]> {
    const entries = await this.#deps.records.audit(scope, query);
    // What was in clear when it was changed may be declared a secret by now.
    return entries.map((entry) => (this.#isSecret(entry.key) ? { ...entry, ...hidden(entry) } : entry));
  }

  /** All that was set, also of owners that declare nothing at the moment; secrets only when asked for. */
  contents(withSecrets: boolean): SettingContents {
    const settings: Record<string, SettingValue> = {};
    const secrets: Record<string, SettingValue> = {};
    const leftOut: string[] = [];
    for (const row of [...this.#rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      if (row.value === null) continue;
      const isSecret = this.#isSecret(row.key);
      const value = isSecret && !withSecrets ? undefined : this.#stored.readable(row);
      if (value === undefined) leftOut.push(row.key);
      else (isSecret ? secrets : settings)[row.key] = value;
    }
    return { at: this.#deps.clock.now(), settings, secrets, leftOut };
  }

  /**
   * Sets what was exported, all or none; settings nobody declares are kept for whoever will. Answers what changed by it.
   * Throws SETTING_INVALID.
   */
  async restore(
    scope: Scope,
    { settings, secrets }: Omit<SettingContents, 'at'>,
  ): Promise<readonly string[]> {
    this.#checkTenant(scope);
    const entries = [
      ...Object.entries(settings).map(([key, value]) => ({ key, value, sensitive: false })),
      ...Object.entries(secrets).map(([key, value]) => ({ key, value, sensitive: true })),
    ];
    refuseTwins(entries);
    return await this.#inTurn(async () => {
      const writes = entries.flatMap(({ key, value, sensitive }) => {
        const declared = this.#definitions.get(key) ?? undeclared(key, value);
        const definition = { ...declared, sensitive: declared.sensitive || sensitive };
        return this.#plan(scope, { key, value }, definition) ?? [];
      });
      await this.#write(scope, writes);
      return writes.map(({ record }) => record.key);
    });
  }

  /** Encrypts every secret with a new master key. Ended in the middle, it is finished at the next start. Answers how many there are. */
  async replaceKey(): Promise<number> {
    return await this.#inTurn(async () => {
      this.#deps.keyring.replace();
      return await this.#sealAnew();
    });
  }

  /** What it was before stays known: a process that still has the old secret may yet tell it. */
  #learn(row: SettingRecord): void {
    const { finder } = this.#deps;
    if (finder.isFull) {
      finder.forgetAll();
      for (const other of this.#rows.values()) this.#learnOne(other);
    } else this.#learnOne(row);
  }

  #learnOne(row: SettingRecord): void {
    const secret = row.isSealed ? this.#stored.readable(row) : undefined;
    if (typeof secret === 'string') this.#deps.finder.learn(row.key, secret);
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
    for (const { record } of writes) {
      this.#rows.set(record.key, record);
      this.#learn(record);
    }
    if (isNews) this.#listeners.tell(writes.map(({ record }) => record.key));
  }

  #plan(scope: Scope, change: SettingChange, definition: SettingDefinition): SettingWrite | undefined {
    const { clock } = this.#deps;
    const { key } = change;
    const known = {
      definition,
      row: this.#rows.get(key),
      stored: this.#stored,
      check: this.#checks.get(key),
    };
    return planChange(change, known, { actor: scope.actor, now: clock.now() });
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
      const set = this.#stored.readable(row);
      if (set === undefined) return [];
      const value = this.#stored.write(set, true, row.key, row.version);
      return [{ record: { ...row, value, isSealed: true }, overVersion: row.version }];
    });
    await this.#write(this.#deps.scope, writes, false);
    return writes.length;
  }

  /** What was set before it was declared a secret. */
  #inClear(keys: readonly string[]): readonly SettingRecord[] {
    const rows = keys.flatMap((key) => this.#rows.get(key) ?? []);
    return rows.filter(({ isSealed, value }) => !isSealed && value !== null);
  }

  #checkTenant({ tenant }: Scope): void {
    if (tenant !== this.#deps.scope.tenant) throw new NexusError('TENANT_UNKNOWN', { tenant });
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
