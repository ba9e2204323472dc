import type { SettingValue } from '../../../../contract/setting-option.ts';

/** A value of a setting as people read it. */
export function shownValue(value: SettingValue | null): string {
  return value === null ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
}
