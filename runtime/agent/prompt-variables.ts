import { basename } from 'node:path';
import type { Scope } from '../contract/scope.ts';
import { settingDefinitionSchema, type SettingDefinition, type SettingValues } from '../contract/settings.ts';

/** Longest value of a variable, in characters. */
const mostChars = 300;
const variable = /\{\{\s*([A-Za-z][\w.-]*)\s*\}\}/g;

/** What the values of variables are made of. */
export interface PromptMoment {
  readonly scope: Scope;
  readonly now: number;
  readonly workspaceDir: string;
  readonly settings: SettingValues;
  /** Title of the assistant. */
  readonly title: string;
  readonly isPersona: boolean;
}

type VariableProvider = (moment: PromptMoment) => string;

/** The variables prompts may name. What changes within a turn is none: a prompt that stays the same can be cached. */
const providers: Readonly<Record<string, VariableProvider>> = {
  name: ({ settings, title, isPersona }) => (isPersona && textOf(settings, 'persona.name')) || title,
  user: ({ settings, scope }) => textOf(settings, 'persona.user') || scope.user,
  group: ({ scope }) => scope.group ?? 'none',
  date: ({ settings, now }) => dateIn(timeZoneOf(settings), now),
  timezone: ({ settings }) => timeZoneOf(settings),
  workspace: ({ workspaceDir }) => basename(workspaceDir),
  platform: () => process.platform,
};

export const variableSettings: readonly SettingDefinition[] = [
  {
    key: 'assistants.variables',
    category: 'assistants',
    type: 'string',
    multiple: true,
    title: 'More variables for prompts, each as NAME=VALUE',
    description: 'Written as {{NAME}} in the prompt of an assistant',
  },
].map((definition) => settingDefinitionSchema.parse(definition));

/** A prompt with its variables filled in; each value is one bounded line, and none is read for variables again. */
export function fillPrompt(prompt: string, moment: PromptMoment): string {
  const own = ownVariables(moment.settings);
  return prompt.replaceAll(variable, (written, name: string) => {
    const value = own.get(name) ?? (Object.hasOwn(providers, name) ? providers[name]?.(moment) : undefined);
    return value === undefined ? written : oneLine(value);
  });
}

/** The variables of a prompt that nothing provides. */
export function unknownVariables(prompt: string, settings: SettingValues): readonly string[] {
  const own = ownVariables(settings);
  const named = [...prompt.matchAll(variable)].map(([, name = '']) => name);
  return [...new Set(named)].filter((name) => !own.has(name) && !Object.hasOwn(providers, name));
}

export const variableNames = Object.keys(providers);

/** Text as one line without marks that could end what it stands in. */
export function oneLine(text: string): string {
  const line = text
    .replaceAll(/[\s\p{C}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[<>{}`]/g, '')
    .trim();
  return line.length <= mostChars ? line : `${line.slice(0, mostChars)}…`;
}

/** The day as YYYY-MM-DD in a time zone. */
export function dayIn(timeZone: string, at: number): string {
  return formatsIn(timeZone).day.format(at);
}

interface DateFormats {
  readonly day: Intl.DateTimeFormat;
  readonly weekday: Intl.DateTimeFormat;
}

/** By time zone, of which there are some 600: making a format takes longer than all else that is told of a date. */
const formats = new Map<string, DateFormats>();

/** Throws RangeError for what is no time zone. */
function formatsIn(timeZone: string): DateFormats {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = {
    day: new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }),
    weekday: new Intl.DateTimeFormat('en', { timeZone, weekday: 'long' }),
  };
  formats.set(timeZone, made);
  return made;
}

let machineZone: string | undefined;

/** The time zone of the settings, else the machine's. */
export function timeZoneOf(settings: SettingValues): string {
  const chosen = textOf(settings, 'persona.timeZone');
  if (chosen !== '' && isTimeZone(chosen)) return chosen;
  return (machineZone ??= Intl.DateTimeFormat().resolvedOptions().timeZone);
}

function isTimeZone(timeZone: string): boolean {
  try {
    formatsIn(timeZone);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function dateIn(timeZone: string, now: number): string {
  const { weekday, day } = formatsIn(timeZone);
  return `${weekday.format(now)}, ${day.format(now)}`;
}

function ownVariables(settings: SettingValues): ReadonlyMap<string, string> {
  const lines = settings.value('assistants.variables');
  const pairs = Array.isArray(lines) ? lines.map((line) => /^\s*([\w.-]+)\s*=(.*)$/s.exec(line)) : [];
  return new Map(pairs.flatMap((pair) => (pair === null ? [] : [[pair[1] ?? '', pair[2] ?? '']])));
}

function textOf(settings: SettingValues, key: string): string {
  const value = settings.value(key);
  return typeof value === 'string' ? value.trim() : '';
}
