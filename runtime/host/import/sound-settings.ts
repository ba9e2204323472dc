import { settingOptionSchema, settingProblem } from '../../contract/setting-option.ts';
import type { Candidate, SettingLiteral, WrittenOption } from './candidate.ts';

/**
 * A candidate whose settings hold together, whatever its source says: a default that does not fit is left out, and a
 * secret that stands as a default is a value to be stored.
 */
export function withSoundSettings(candidate: Candidate): Candidate {
  const settings: Record<string, WrittenOption> = {};
  const values: Record<string, SettingLiteral> = { ...candidate.values };
  const warnings = [...candidate.warnings];
  for (const [key, written] of Object.entries(candidate.settings)) {
    const { default: initial, ...rest } = soundOption(key, written);
    const option = settingOptionSchema.parse(rest);
    settings[key] = rest;
    if (initial === undefined || initial === '') continue;
    const problem = settingProblem(option, initial);
    if (problem !== undefined)
      warnings.push(`The default of its setting "${key}" is left out: it ${problem}`);
    else if (option.sensitive) values[key] ??= initial;
    else settings[key] = { ...rest, default: initial };
  }
  return { ...candidate, settings, values, warnings };
}

function soundOption(key: string, option: WrittenOption): WrittenOption {
  const { multiple, min, max, ...plain } = { ...option, title: option.title === '' ? key : option.title };
  // A secret is one text.
  if (option.sensitive === true) return { ...plain, type: 'string' };
  const isTorn = min !== undefined && max !== undefined && min > max;
  return {
    ...plain,
    ...(multiple === undefined ? {} : { multiple }),
    ...(min === undefined || isTorn ? {} : { min }),
    ...(max === undefined || isTorn ? {} : { max }),
  };
}
