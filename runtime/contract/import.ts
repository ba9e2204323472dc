import { z } from 'zod';
import { pluginNameSchema } from './manifest.ts';
import type { JsonObject } from './plugins.ts';
import type { Scope } from './scope.ts';
import { settingOptionSchema } from './setting-option.ts';

const texts = z.array(z.string().min(1)).default([]);

/** Where a plugin is imported from. */
const importSourceSchema = z
  .union([
    z.strictObject({
      file: z
        .string()
        .startsWith('/')
        .describe(
          'Absolute path of an Agent Plugins directory, a .mcpb file, a registry server.json or the configuration file of another client',
        ),
    }),
    z.strictObject({
      fetch: z.url({ protocol: /^https$/ }).describe('https address of a server.json'),
    }),
    z.strictObject({ text: z.string().min(2).describe('What such a JSON file would hold') }),
    z.strictObject({
      package: z
        .string()
        .regex(/^(?:@[\w.~-]+\/)?[\w.~-]+@\d[\w.+-]*$/, { error: 'must look like "name@1.2.3"' })
        .describe('npm package with its exact version'),
    }),
    z.strictObject({
      command: z.string().min(1),
      args: z.array(z.string()).default([]),
      env: z.record(z.string(), z.string()).default({}),
    }),
    z.strictObject({
      url: z.url({ protocol: /^https?$/ }),
      headers: z.record(z.string(), z.string()).default({}),
    }),
  ])
  .describe('What is imported');

/** What to import, and what it is given at once. */
export const importRequestSchema = z
  .strictObject({
    source: importSourceSchema,
    name: pluginNameSchema.optional().describe('Its name here; found out when absent'),
    server: z.string().optional().describe('Which server, when the source has several; all when absent'),
    allow: z
      .strictObject({ read: texts, write: texts, net: texts, exec: z.boolean().default(false) })
      .prefault({})
      .describe('What it is granted beyond the least'),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
      .default({})
      .describe('Values of its settings, by key'),
    plan: z
      .string()
      .optional()
      .describe('SHA-256 of the plan that was agreed to; what would be another one by now is refused'),
    update: z
      .boolean()
      .default(false)
      .describe('Whether a plugin of that name that is not the same is changed to this'),
  })
  .meta({ id: 'ImportRequest' });

const obstacleSchema = z.object({ problem: z.string(), todo: z.string() });

/** One plugin that an import makes, and all a person should know before it. */
export const plannedPluginSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['agent-plugin', 'mcpb', 'registry', 'client-config', 'npm', 'command', 'remote']),
    title: z.string(),
    description: z.string(),
    state: z
      .enum(['new', 'same', 'changed', 'blocked'])
      .describe(
        '"same": it is there already; "changed": another of that name is; "blocked": it cannot run here',
      ),
    obstacle: obstacleSchema.nullable().describe('Why it is blocked'),
    command: z.string().describe('What will be started, exactly; secrets are left out'),
    permissions: z
      .array(z.object({ about: z.string(), allowed: z.string() }))
      .readonly()
      .describe('What it may do, in plain words'),
    needs: z
      .array(z.object({ text: z.string(), flag: z.string() }))
      .readonly()
      .describe('What it seems to need and is not granted, with the option that grants it'),
    settings: z
      .array(
        z.object({
          key: z.string(),
          option: settingOptionSchema,
          hasValue: z.boolean().describe('Whether this import gives it a value, or it has one'),
          isMoved: z.boolean().describe('A literal secret of the source that moves to the secret store'),
        }),
      )
      .readonly(),
    installs: z.array(z.string()).readonly().describe('What is unpacked or downloaded for it'),
    differences: z.array(z.string()).readonly().describe('How it differs from what is there'),
    warnings: z.array(z.string()).readonly(),
    manifestFile: z.string(),
    manifest: z
      .record(z.string(), z.unknown())
      .describe('As it is written; versions are pinned at installation'),
  })
  .meta({ id: 'PlannedPlugin' });

/** What an import would do. Nothing is written for it. */
export const importPlanSchema = z
  .object({
    plugins: z.array(plannedPluginSchema).readonly(),
    sha256: z.string().describe('Of what would be written and started; for "plan" of the import'),
  })
  .meta({ id: 'ImportPlan' });

/** What an import did. */
export const importOutcomeSchema = z
  .object({
    plugins: z
      .array(
        plannedPluginSchema.extend({
          outcome: z.enum(['added', 'updated', 'unchanged', 'blocked']),
          nextSteps: z.array(z.string()).readonly(),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'ImportOutcome' });

/** What was removed with a plugin. */
export const removalSchema = z
  .object({
    plugin: z.string(),
    removed: z.array(z.string()).readonly(),
    kept: z.array(z.string()).readonly(),
  })
  .meta({ id: 'Removal' });

/** What was installed of the packages a plugin names. */
export const dependenciesSchema = z
  .object({
    plugin: z.string(),
    packages: z
      .array(z.string())
      .readonly()
      .describe('What its package.json names; empty when nothing was missing'),
    scriptsSkipped: z.array(z.string()).readonly().describe('Packages whose install scripts were not run'),
  })
  .meta({ id: 'InstalledDependencies' });

export type InstalledDependencies = z.infer<typeof dependenciesSchema>;
export type ImportRequest = z.infer<typeof importRequestSchema>;
export type PlannedPlugin = z.infer<typeof plannedPluginSchema>;
export type ImportPlan = z.infer<typeof importPlanSchema>;
export type ImportOutcome = z.infer<typeof importOutcomeSchema>;
export type Removal = z.infer<typeof removalSchema>;

/** What can take long: told how far it is, in words, and ended by a signal. */
export interface ImportWork {
  readonly signal: AbortSignal;
  readonly onProgress?: (text: string) => void;
}

/** Takes plugins of other formats over. Done again after it was interrupted, an import finishes. */
export interface Importer {
  /** Writes nothing. Throws IMPORT_INVALID, BUNDLE_INVALID, PLUGIN_INVALID or DOWNLOAD_FAILED. */
  plan(request: ImportRequest, work: ImportWork): Promise<ImportPlan>;
  /** Carries the plan out. Throws as `plan` does, also when it is not `request.plan`, PLUGIN_DIFFERS without `update`, PACKAGE_INSTALL_FAILED. */
  install(scope: Scope, request: ImportRequest, work: ImportWork): Promise<ImportOutcome>;
  /** Adds a plugin whose manifest is given as it is to be written; it waits for approval too. Throws PLUGIN_EXISTS. */
  add(
    plugin: string,
    manifest: JsonObject,
  ): Promise<{ readonly file: string; readonly manifest: JsonObject }>;
  /** Installs the packages a plugin's package.json names and that are not there. Throws PLUGIN_UNKNOWN, PACKAGE_INSTALL_FAILED. */
  installDependencies(plugin: string, work: ImportWork): Promise<InstalledDependencies>;
  /** Removes manifest, approval and settings; with `purge` its data and bundles that nobody else uses too. */
  remove(scope: Scope, plugin: string, purge: boolean): Promise<Removal>;
}
