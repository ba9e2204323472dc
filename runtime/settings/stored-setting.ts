import { messageOf, NexusError } from '../base/errors.ts';
import {
  maskCharacter,
  settingProblem,
  settingValueSchema,
  type SettingValue,
} from '../contract/setting-option.ts';
import type { SettingRecord } from '../contract/setting-records.ts';
import type { SettingDefinition, SettingView } from '../contract/settings.ts';
import type { Keyring } from './keyring.ts';

/** Stands for a secret where nothing of it may be seen. */
export const dots = maskCharacter.repeat(8);

const shownChars = 4;
/** The characters that are shown must leave too many others to guess. */
const shortestShownChars = 16;

/** Opens what is kept of settings of one tenant. */
export class StoredSetting {
  readonly #tenant: string;
  readonly #keyring: Keyring;

  constructor(tenant: string, keyring: Keyring) {
    this.#tenant = tenant;
    this.#keyring = keyring;
  }

  /** How a value is kept. */
  write(value: SettingValue, isSecret: boolean, key: string, version: number): string {
    const json = JSON.stringify(value);
    return isSecret ? this.#keyring.seal(json, { tenant: this.#tenant, key, version }) : json;
  }

  /** What was set; undefined when it was cleared. Throws SETTING_UNREADABLE. */
  read({ key, value, version, isSealed }: SettingRecord): SettingValue | undefined {
    if (value === null) return undefined;
    try {
      const json = isSealed ? this.#keyring.open(value, { tenant: this.#tenant, key, version }) : value;
      return settingValueSchema.parse(JSON.parse(json));
    } catch (error) {
      throw new NexusError('SETTING_UNREADABLE', { keys: key, problem: messageOf(error) }, error);
    }
  }

  /** The same; what cannot be decrypted any more is as good as absent. */
  readable(record: SettingRecord): SettingValue | undefined {
    try {
      return this.read(record);
    } catch (error) {
      if (error instanceof NexusError) return undefined;
      throw error;
    }
  }

  /** The value in force. Throws SETTING_UNREADABLE. */
  inForce(definition: SettingDefinition, record: SettingRecord | undefined): SettingValue | undefined {
    const set = record === undefined ? undefined : this.read(record);
    return set === undefined || settingProblem(definition, set) !== undefined ? definition.default : set;
  }

  view(definition: SettingDefinition, record: SettingRecord | undefined): SettingView {
    const isSecret = definition.sensitive || record?.isSealed === true;
    const isSet = record !== undefined && record.value !== null;
    const shown = {
      definition,
      isSet,
      masked: isSecret && isSet ? dots : null,
      version: record?.version ?? 0,
      updatedAt: record?.updatedAt ?? null,
      updatedBy: record?.updatedBy ?? null,
    };
    try {
      const set = record === undefined ? undefined : this.read(record);
      const unfit = set === undefined ? undefined : settingProblem(definition, set);
      const value = set === undefined || unfit !== undefined ? definition.default : set;
      return {
        ...shown,
        value: isSecret ? null : (value ?? null),
        masked: isSecret && typeof set === 'string' ? mask(set) : shown.masked,
        problem: unfit === undefined ? null : `What was set is not in force: it ${unfit}`,
      };
    } catch (error) {
      return { ...shown, value: null, problem: messageOf(error) };
    }
  }
}

function mask(secret: string): string {
  return secret.length < shortestShownChars ? dots : dots + secret.slice(-shownChars);
}
