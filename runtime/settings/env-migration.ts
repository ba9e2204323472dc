import { existsSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { messageOf, NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import { settingProblem, type SettingValue } from '../contract/setting-option.ts';
import type { SettingChange, SettingDefinition } from '../contract/settings.ts';
import { partsOf } from './env-file.ts';
import type { LiveSettings } from './live-settings.ts';

const largestBytes = 1_048_576;
/** What a program must know before it can read any setting. */
const bootstrap = new Set(['HOST', 'PORT', 'DB_PATH', 'SECRET_KEY']);

/** What became of a `.env`. Values are never among it. */
export interface EnvMigration {
  /** Names of variables with the settings they became. */
  readonly imported: readonly { readonly name: string; readonly keys: readonly string[] }[];
  /** Names that stay in the file, and why. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
  /** Where the file as it was is kept; undefined when nothing was imported. */
  readonly backup: string | undefined;
}

/**
 * Turns the variables of a `.env` that are settings into settings: imported in one transaction and on record, then the
 * file as it was kept beside it (mode 0600), then a new one written with the rest. Ended anywhere, it is finished the next
 * time; values that are set already to something else are left alone. Undefined when there is no such file. Throws
 * CONFIG_INVALID when it cannot be read or written.
 */
export async function migrateEnvFile(
  file: string,
  settings: LiveSettings,
  scope: Scope,
): Promise<EnvMigration | undefined> {
  if (!existsSync(file)) return undefined;
  try {
    return await migrate(realpathSync(file), settings, scope);
  } catch (error) {
    if (error instanceof NexusError) throw error;
    const todo = `Correct it, or move it away (${messageOf(error)})`;
    throw new NexusError(
      'CONFIG_INVALID',
      { option: 'env', value: file, expected: 'a file of variables', todo },
      error,
    );
  }
}

async function migrate(file: string, settings: LiveSettings, scope: Scope): Promise<EnvMigration> {
  if (statSync(file).size > largestBytes) throw new Error(`it has more than ${largestBytes} bytes`);
  const text = readFileSync(file, 'utf8');
  const parts = partsOf(text);
  // Of a name that is given twice the last value counts.
  const values = new Map(parts.flatMap(({ name, value }) => (name === undefined ? [] : [[name, value]])));
  const imported: { name: string; keys: readonly string[] }[] = [];
  const left: { name: string; reason: string }[] = [];
  const changes: SettingChange[] = [];
  for (const [name, value] of values) {
    if (bootstrap.has(name)) continue;
    const found = changesFor(name, value, settings);
    if (typeof found === 'string') left.push({ name, reason: found });
    else {
      changes.push(...found);
      imported.push({ name, keys: found.map(({ key }) => key) });
    }
  }
  if (imported.length === 0) return { imported, left, backup: undefined };
  await settings.change(scope, changes);
  const backup = keepCopy(file, text);
  const gone = new Set(imported.map(({ name }) => name));
  rewrite(
    file,
    parts.filter(({ name }) => name === undefined || !gone.has(name)).map((part) => part.text),
  );
  return { imported, left, backup };
}

/** What a variable changes, or why it stays. */
function changesFor(name: string, text: string, settings: LiveSettings): readonly SettingChange[] | string {
  const views = settings.views().filter(({ definition }) => namesOf(definition).includes(name));
  if (views.length === 0) return 'no setting has this name';
  if (text === '') return 'it is empty';
  const changes: SettingChange[] = [];
  for (const { definition, isSet, problem } of views) {
    const { key } = definition;
    const value = valueOf(text, definition);
    const unfit = settingProblem(definition, value);
    if (unfit !== undefined) return `setting ${key} ${unfit}`;
    if (isSet && problem === null && !isSame(settings.value(key), value)) {
      return `setting ${key} is already set to something else`;
    }
    changes.push({ key, value });
  }
  return changes;
}

/** `log.level` is LOG_LEVEL or NEXUS_LOG_LEVEL; a plugin's own TOKEN is TOKEN or WEATHER_TOKEN, its apiKey WEATHER_API_KEY. */
function namesOf({ key }: SettingDefinition): readonly string[] {
  const [first, plugin = '', own] = key.split('.');
  if (first !== 'plugin' || own === undefined) return [upper(key), `NEXUS_${upper(key)}`];
  const isVariable = /^[A-Z][A-Z0-9_]*$/.test(own);
  return [`${upper(plugin)}_${isVariable ? own : upper(own)}`, ...(isVariable ? [own] : [])];
}

function upper(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[.-]/g, '_')
    .toUpperCase();
}

function valueOf(text: string, { type, multiple }: SettingDefinition): SettingValue {
  if (type === 'number') return Number(text);
  if (type === 'boolean')
    return /^(?:true|1|yes|on)$/i.test(text) || (/^(?:false|0|no|off)$/i.test(text) ? false : text);
  return multiple ? text.split(',').map((item) => item.trim()) : text;
}

function isSame(a: SettingValue | undefined, b: SettingValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Keeps the text beside the file. A copy that an interrupted migration left is the same one. */
function keepCopy(file: string, text: string): string {
  for (let number = 1; ; number += 1) {
    const copy = `${file}.backup${number === 1 ? '' : `-${number}`}`;
    if (!existsSync(copy)) {
      writeFileSync(`${copy}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${copy}.new`, copy);
      return copy;
    }
    if (readFileSync(copy, 'utf8') === text) return copy;
  }
}

function rewrite(file: string, texts: readonly string[]): void {
  const text = texts.join('');
  if (text.trim() === '') return rmSync(file);
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
