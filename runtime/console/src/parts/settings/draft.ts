import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingOption, SettingValue } from '../../../../contract/setting-option.ts';

/** A setting that is not saved yet. */
interface Drafted {
  /** Null clears it. */
  readonly value: SettingValue | null;
  /** The version that was in sight when it was changed first: what it takes the place of. */
  readonly seen: number;
}

/** New values by key. A setting that is not in it stays as it is. */
export type Draft = Readonly<Record<string, Drafted>>;

/** Changes what is not saved: to another draft, or by what is in it at that time. */
export type ChangeDraft = (change: Draft | ((now: Draft) => Draft)) => void;

/** What a setting is to become; undefined: it stays as it is. */
export function draftedOf(draft: Draft, { definition: { key } }: Setting): SettingValue | null | undefined {
  return draft[key]?.value;
}

/** The new values by key. */
export function valuesOf(draft: Draft): Record<string, SettingValue | null> {
  return Object.fromEntries(Object.entries(draft).map(([key, { value }]) => [key, value]));
}

/** Whether somebody else changed a setting while its new value was typed. */
export function isOvertaken(draft: Draft, { definition: { key }, version }: Setting): boolean {
  const drafted = draft[key];
  return drafted !== undefined && drafted.seen !== version;
}

/** The draft without some of its keys. */
export function draftWithout(draft: Draft, keys: readonly string[]): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([key]) => !keys.includes(key)));
}

/** The draft once some settings are saved as `sent` has them: what was typed meanwhile stays, over the version that is saved. */
export function draftAfter(now: Draft, sent: Draft, saved: readonly Setting[]): Draft {
  const versions = new Map(saved.map(({ definition: { key }, version }) => [key, version]));
  return Object.fromEntries(
    Object.entries(now).flatMap(([key, drafted]) => {
      const seen = versions.get(key);
      if (seen === undefined) return [[key, drafted]];
      return drafted === sent[key] ? [] : [[key, { ...drafted, seen }]];
    }),
  );
}

/** The draft with one setting changed; what is in force already is no change. */
export function draftWith(draft: Draft, setting: Setting, value: SettingValue | null): Draft {
  const { definition, version } = setting;
  const { key, sensitive } = definition;
  const isSame =
    value === null
      ? !setting.isSet
      : !sensitive && setting.isSet && JSON.stringify(value) === JSON.stringify(setting.value);
  return isSame
    ? draftWithout(draft, [key])
    : { ...draft, [key]: { value, seen: draft[key]?.seen ?? version } };
}

/** The draft once a person has seen what else one of its settings was changed to, and stays with the new value. */
export function draftOver(draft: Draft, { definition: { key }, version }: Setting): Draft {
  const drafted = draft[key];
  return drafted === undefined ? draft : { ...draft, [key]: { ...drafted, seen: version } };
}

/** Those of these settings that the draft changes. */
export function changedOf(draft: Draft, settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({ definition }) => Object.hasOwn(draft, definition.key));
}

/**
 * What is plainly wrong with a value, told while it is typed. The kernel has the last word: it checks all of it when it
 * is saved.
 */
export function problemOf(option: SettingOption, value: SettingValue | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === 'number') {
    if (option.min !== undefined && value < option.min) return `At least ${option.min}`;
    if (option.max !== undefined && value > option.max) return `At most ${option.max}`;
    if (option.format === 'port' && !(Number.isInteger(value) && value >= 1 && value <= 65_535))
      return 'A port number from 1 to 65535';
  }
  const texts = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  return texts.map((text) => textProblem(option, text)).find((problem) => problem !== undefined);
}

function textProblem({ type, format }: SettingOption, text: string): string | undefined {
  if (type !== 'string' && !/^(?:\/|~|\$\{)/.test(text)) return 'An absolute path, or one that begins with ~';
  if (format === 'url' && !URL.canParse(text)) return 'A URL such as https://example.org';
  return undefined;
}
