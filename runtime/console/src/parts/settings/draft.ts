import type { Setting } from '../../../../contract/settings-api.ts';
import type { SettingOption, SettingValue } from '../../../../contract/setting-option.ts';

/** New values by key; null clears one. A setting that is not in it stays as it is. */
export type Draft = Readonly<Record<string, SettingValue | null>>;

/** The draft without some of its keys. */
export function draftWithout(draft: Draft, keys: readonly string[]): Draft {
  return Object.fromEntries(Object.entries(draft).filter(([key]) => !keys.includes(key)));
}

/** The draft with one setting changed; what is in force already is no change. */
export function draftWith(draft: Draft, setting: Setting, value: SettingValue | null): Draft {
  const { key, sensitive } = setting.definition;
  const isSame =
    value === null
      ? !setting.isSet
      : !sensitive && setting.isSet && JSON.stringify(value) === JSON.stringify(setting.value);
  return isSame ? draftWithout(draft, [key]) : { ...draft, [key]: value };
}

/** Those of these settings that the draft changes. */
export function changedOf(draft: Draft, settings: readonly Setting[]): readonly Setting[] {
  return settings.filter(({ definition }) => draft[definition.key] !== undefined);
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
