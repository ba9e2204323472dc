import { z } from 'zod';
import type { Scope } from './scope.ts';
import { settingOptionSchema, type SettingValue } from './setting-option.ts';

export type { SettingValue } from './setting-option.ts';

/** A setting as its owner declares it. */
export const settingDefinitionSchema = settingOptionSchema.extend({
  key: z
    .string()
    .max(200)
    .regex(/^[A-Za-z][\w-]*(?:\.[A-Za-z0-9][\w-]*)*$/)
    .describe("Dotted name; a plugin's are plugin.NAME.KEY"),
  category: z.string().describe('The section it is shown in'),
});
export type SettingDefinition = z.infer<typeof settingDefinitionSchema>;

/** What people are shown of a setting. Of a secret the value is always null. */
export interface SettingView {
  readonly definition: SettingDefinition;
  /** The value in force: what was set, else the default, else null. */
  readonly value: SettingValue | null;
  /** Whether somebody set it; false: the default is in force. */
  readonly isSet: boolean;
  /** Of a secret that is set: its last characters behind dots, or only dots when it is short. */
  readonly masked: string | null;
  /** Raised by one at every change; 0 while it was never set. */
  readonly version: number;
  /** Milliseconds since 1970; null while it was never set. */
  readonly updatedAt: number | null;
  readonly updatedBy: string | null;
  /** Why the value that was set is not in force, and what to do; null when all is well. */
  readonly problem: string | null;
}

export interface SettingChange {
  readonly key: string;
  /** Null clears it: the default is in force again. */
  readonly value: SettingValue | null;
  /** The version the author saw; a change made upon another one is refused. Absent: whatever it was. */
  readonly expectedVersion?: number | undefined;
}

/** One change on record. Of a secret only dots are shown. */
export interface SettingAuditEntry {
  readonly id: number;
  readonly key: string;
  readonly version: number;
  readonly oldValue: SettingValue | null;
  readonly newValue: SettingValue | null;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
  readonly changedBy: string;
}

export interface SettingAuditQuery {
  readonly key?: string | undefined;
  /** Id of the last entry of the page before. */
  readonly before?: number | undefined;
  readonly limit: number;
}

/** What is wrong with a value of a setting; undefined: nothing. */
export type SettingCheck = (key: string, value: SettingValue) => string | undefined;

/** The values of settings. */
export type SettingValues = Pick<Settings, 'value'>;

/** Live settings: kept in the database, secrets encrypted, in force the moment they are changed. */
export interface Settings {
  /**
   * Declares the settings of an owner ("kernel", "plugin.NAME") in place of what it declared before. Values without a
   * definition stay on record. `check` says what is wrong with a value that fits its definition.
   */
  define(owner: string, definitions: readonly SettingDefinition[], check?: SettingCheck): void;
  isDeclared(key: string): boolean;
  /**
   * The value in force of a declared setting, secrets in clear; undefined when there is none. For the kernel's own use
   * only. Throws SETTING_UNREADABLE when a secret cannot be decrypted.
   */
  value(key: string): SettingValue | undefined;
  /** All declared settings, sorted by key. */
  views(): readonly SettingView[];
  view(key: string): SettingView | undefined;
  /**
   * All of them or none. A value that is in force already changes nothing. Throws SETTING_UNKNOWN, SETTING_INVALID
   * (with what to write) or SETTING_STALE (with the newer value's author and time).
   */
  change(scope: Scope, changes: readonly SettingChange[]): Promise<readonly SettingView[]>;
  /** The keys of all values of an owner ("plugin.NAME"), without its name, also of those that nothing declares any more. */
  kept(owner: string): readonly string[];
  /** Clears all values of an owner ("plugin.NAME"), also those that nothing declares any more. Answers how many those were. */
  clear(scope: Scope, owner: string): Promise<number>;
  /** Told after a change is on record, with the keys that match; `*` stands for any characters. Returns the end of it. */
  subscribe(pattern: string, listener: (keys: readonly string[]) => void): () => void;
  /** What was changed, newest first. */
  audit(scope: Scope, query: SettingAuditQuery): Promise<readonly SettingAuditEntry[]>;
}
