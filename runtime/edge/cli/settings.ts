import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import type { SettingValue } from '../../contract/setting-option.ts';
import {
  changedSettingSchema,
  settingAuditSchema,
  settingSchema,
  settingsFileSchema,
  settingsImportedSchema,
  type ChangedSetting,
  type Setting,
} from '../../contract/settings-api.ts';
import { readNumber, usage, wordAt, type Command, type Given } from './command-line.ts';
import type { CliDeps } from './deps.ts';
import { clientOf } from './kernel-client.ts';
import { readHidden, readStdin } from './hidden-input.ts';
import { describePending, describeState, describeTrouble } from './plain-words.ts';
import { inOneLine, moment, paint, paragraph, print, printJson, printRow, printTable } from './terminal.ts';

const many = z.array(settingSchema);

const list: Command = async (given, deps) => {
  const settings = await clientOf(given, deps).get('/api/settings', many);
  if (given.switches.has('json')) printJson(settings);
  else {
    printTable(
      [
        { title: 'SETTING' },
        { title: 'VALUE', isFlexible: true },
        { title: 'SET BY' },
        { title: 'WHAT IT IS' },
      ],
      settings.map((one) => [one.definition.key, shown(one), one.updatedBy ?? '-', one.definition.title]),
    );
    for (const { definition, problem } of settings) {
      if (problem !== null) print(`\n${definition.key}: ${inOneLine(problem)}`);
    }
  }
  return 0;
};

const get: Command = async (given, deps) => {
  const setting = await fetchSetting(given, deps);
  if (given.switches.has('json')) printJson(setting);
  else show(setting);
  return 0;
};

const set: Command = async (given, deps) => {
  const { definition } = await fetchSetting(given, deps);
  const value = await readValue(given, definition);
  return await change(given, deps, value);
};

const unset: Command = (given, deps) => change(given, deps, null);

const audit: Command = async (given, deps) => {
  const [key] = given.words;
  const { limit } = given.values;
  const query = new URLSearchParams({
    limit: String(limit === undefined ? 50 : readNumber('limit', limit, 1, 1_000)),
    ...(key === undefined ? {} : { key }),
  });
  const path = `/api/settings/audit?${query.toString()}`;
  const entries = await clientOf(given, deps).get(path, z.array(settingAuditSchema));
  if (given.switches.has('json')) printJson(entries);
  else if (entries.length === 0) print('Nothing was changed yet.');
  else {
    const now = Date.now();
    printTable(
      [{ title: 'WHEN' }, { title: 'WHO' }, { title: 'SETTING' }, { title: 'BEFORE' }, { title: 'AFTER' }],
      entries.map(({ changedAt, changedBy, key: changed, oldValue, newValue }) => [
        moment(changedAt, now),
        changedBy,
        changed,
        spell(oldValue),
        spell(newValue),
      ]),
    );
  }
  return 0;
};

const exportFile: Command = async (given, deps) => {
  const [file] = given.words;
  const passphrase = given.switches.has('encrypt') ? await readHidden('Passphrase: ') : undefined;
  const { text } = await clientOf(given, deps).post(
    '/api/settings/export',
    { passphrase },
    settingsFileSchema,
  );
  if (file === undefined) process.stdout.write(text);
  else {
    writeText(file, text);
    print(`Written to ${file}`);
  }
  return 0;
};

const importFile: Command = async (given, deps) => {
  const file = wordAt(given, 0);
  const text = readText(file);
  const isEncrypted = text.trimStart().startsWith('-----BEGIN AGE');
  const passphrase = isEncrypted ? await readHidden('Passphrase: ') : undefined;
  const body = { text, passphrase };
  const done = await clientOf(given, deps).post('/api/settings/import', body, settingsImportedSchema);
  if (given.switches.has('json')) printJson(done);
  else {
    print(done.changed.length === 0 ? 'Nothing changed.' : `Changed: ${done.changed.join(', ')}`);
    if (done.undeclared.length > 0) print(`Kept until a plugin declares them: ${done.undeclared.join(', ')}`);
    for (const { key, nearest } of done.unknown) {
      const hint = nearest === null ? '' : ` Perhaps it means "${nearest}".`;
      print(`Not set: there is no setting "${key}".${hint}`);
    }
    if (done.leftOut.length > 0) print(`Secrets the file does not hold: ${done.leftOut.join(', ')}`);
  }
  return 0;
};

const rotateKey: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const done = await client.post('/api/settings/rotate-key', undefined, z.object({ secrets: z.int() }));
  if (given.switches.has('json')) printJson(done);
  else print(`There is a new master key. Secrets encrypted with it: ${done.secrets}`);
  return 0;
};

/** The commands `nexus settings …`. */
export const settingsCommands: Readonly<Record<string, Command>> = {
  list,
  get,
  set,
  unset,
  audit,
  export: exportFile,
  import: importFile,
  'rotate-key': rotateKey,
};

function fetchSetting(given: Given, deps: CliDeps): Promise<Setting> {
  return clientOf(given, deps).get(pathOf(given), settingSchema);
}

async function change(given: Given, deps: CliDeps, value: SettingValue | null): Promise<number> {
  const setting = await clientOf(given, deps).put(pathOf(given), { value }, changedSettingSchema);
  if (given.switches.has('json')) printJson(setting);
  else {
    const isEmpty = setting.value === null && setting.masked === null;
    print(inOneLine(`${setting.definition.key} is ${isEmpty ? 'not set' : shown(setting)}`));
    if (setting.plugin !== null) showPlugin(setting.plugin);
  }
  return 0;
}

/** Whether the plugin works with what was set. */
function showPlugin(plugin: NonNullable<ChangedSetting['plugin']>): void {
  const { name, state, pending, reason } = plugin;
  if (pending !== null) print(paragraph(`${paint('yellow', name)}: ${describePending(pending)}`));
  else if (reason !== '') print(paragraph(`${paint('yellow', name)}: ${describeTrouble(plugin)}`));
  else print(`${name} ${state === 'active' ? 'runs with it' : `is ${describeState(state)}`}`);
}

function pathOf(given: Given): string {
  return `/api/settings/${encodeURIComponent(wordAt(given, 0))}`;
}

async function readValue(
  given: Given,
  { key, sensitive, type, multiple }: Setting['definition'],
): Promise<SettingValue> {
  const [, ...words] = given.words;
  if (sensitive && words.length > 0) {
    throw usage(`${key} is a secret: leave it out here, it is asked for or read from stdin`);
  }
  if (multiple) return words;
  const [word, extra] = words;
  if (extra !== undefined) throw usage(`${key} takes one value; quote one that has spaces`);
  const text = sensitive ? await readHidden(`${key}: `) : word === '-' ? await readStdin() : word;
  if (text === undefined) throw usage(`Something is missing: nexus settings set ${key} VALUE`);
  if (type === 'number' && text.trim() !== '') return readDecimal(key, text.trim());
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** What is no number must not become one, or nothing at all, which would clear the setting. */
function readDecimal(key: string, text: string): number {
  const number = Number(text);
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(number)) return number;
  throw usage(`${key} takes a number such as 5 or 0.5, without a currency or a unit`);
}

function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (error) {
    throw usage(`${file} cannot be written (${messageOf(error)})`);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usage(`${file} cannot be read (${messageOf(error)})`);
  }
}

function show(setting: Setting): void {
  const { definition, isSet, updatedAt, updatedBy, problem } = setting;
  const { type, format, choices, min, max, default: fallback, description, required } = definition;
  print(`${definition.key}: ${definition.title}\n`);
  printRow('Value', `${shown(setting)}${isSet ? '' : ' (not set)'}`);
  if (updatedAt !== null) printRow('Changed', `${moment(updatedAt, Date.now())} by ${updatedBy ?? ''}`);
  if (problem !== null) printRow('Problem', inOneLine(problem));
  printRow(
    'Takes',
    choices?.join(', ') ??
      [format ?? type, min, max === undefined ? undefined : `… ${max}`]
        .filter((part) => part !== undefined)
        .join(' '),
  );
  if (fallback !== undefined) printRow('Default', spell(fallback));
  if (required) printRow('Required', 'yes');
  if (description !== undefined) printRow('About', inOneLine(description));
}

function shown({ value, masked }: Setting): string {
  return masked ?? spell(value);
}

function spell(value: SettingValue | null): string {
  if (value === null) return '-';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
