import type { z } from 'zod';
import { NexusError } from '../../base/errors.ts';
import type { PlannedPlugin } from '../../contract/import.ts';
import { pluginNameSchema } from '../../contract/manifest.ts';
import type { SettingOption, settingOptionSchema } from '../../contract/setting-option.ts';

/** A setting as it is written into a manifest, without defaults. */
export type WrittenOption = z.input<typeof settingOptionSchema>;
export type WrittenSettings = Readonly<Record<string, WrittenOption>>;

/** Something it would like to be granted. */
export interface Wish {
  readonly kind: 'read' | 'write' | 'net' | 'exec';
  /** A path or `host:port`; empty for `exec`. */
  readonly value: string;
  readonly why: string;
}

/** One plugin as a source describes it, before anything is decided. */
export interface Candidate {
  readonly kind: PlannedPlugin['kind'];
  /** The name its author or the other client gives it. */
  readonly givenName: string;
  readonly title: string;
  readonly description: string;
  /** Where its source was written, for what is wrong there; undefined when it stands in no document. */
  readonly writtenAt?: { readonly name: string; readonly path: string };
  /** As it is written into the manifest, without defaults. */
  readonly source: Readonly<Record<string, unknown>>;
  /** The command line for people, without secrets. */
  readonly command: string;
  readonly settings: WrittenSettings;
  /** Values the source holds; those of secrets were literal in it. */
  readonly values: Readonly<Record<string, SettingLiteral>>;
  /** Folders and files its user chooses in settings: readable without asking. */
  readonly chosen: readonly string[];
  readonly wishes: readonly Wish[];
  readonly warnings: readonly string[];
  readonly obstacle: { readonly problem: string; readonly todo: string } | null;
  /** File of a bundle that is to be kept. */
  readonly bundle?: { readonly file: string; readonly sha256: string };
  /** Packages its package.json names that are not there. */
  readonly missing: readonly string[];
}

export type SettingLiteral = NonNullable<SettingOption['default']>;

/** What every candidate has until its reader says more. */
export const plainCandidate = {
  title: '',
  description: '',
  settings: {},
  values: {},
  chosen: [],
  wishes: [],
  warnings: [],
  missing: [],
  obstacle: null,
} satisfies Partial<Candidate>;

/** A plugin name made of what something is called elsewhere. Throws IMPORT_INVALID when nothing is left of it. */
export function pluginNameFrom(given: string): string {
  const name = given
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replaceAll(/^-+|-+$/g, '');
  if (pluginNameSchema.safeParse(name).success) return name;
  throw importInvalid(
    JSON.stringify(given.slice(0, 80)),
    'no plugin name can be made of it',
    'Give one with --name',
  );
}

/** The error for a source that cannot be read or makes no sense. */
export function importInvalid(source: string, problem: string, todo: string, cause?: unknown): NexusError {
  return new NexusError('IMPORT_INVALID', { source, problem, todo }, cause);
}
