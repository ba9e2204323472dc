import { existsSync } from 'node:fs';
import { systemClock } from './base/clock.ts';
import { redactKnownTo, SecretFinder } from './base/known-secrets.ts';
import type { Logger } from './base/logger.ts';
import type { Config } from './config.ts';
import type { PluginHost } from './contract/plugins.ts';
import { operatorScope } from './contract/scope.ts';
import { settingDefinitionSchema } from './contract/settings.ts';
import type { ManifestChange } from './host/discover/index.ts';
import { Keyring } from './settings/keyring.ts';
import { LiveSettings } from './settings/live-settings.ts';
import type { Store } from './store/open.ts';

/** The kernel's own settings. */
const kernelDefinitions = [
  settingDefinitionSchema.parse({
    key: 'log.level',
    category: 'log',
    type: 'string',
    title: 'Least severity that is written to the log',
    choices: ['debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
  }),
];

/** Opens the settings and puts those of the kernel itself in force, now and at every change. */
export async function openSettings(
  { dataDir }: Config,
  store: Store,
  log: Logger,
  stack: AsyncDisposableStack,
): Promise<LiveSettings> {
  const finder = new SecretFinder();
  stack.use(redactKnownTo(finder));
  const settings = await LiveSettings.open({
    records: store.settings,
    keyring: new Keyring({ dataDir, credentialsDir: process.env['CREDENTIALS_DIRECTORY'] }),
    clock: systemClock,
    finder,
    scope: operatorScope('kernel'),
    onError: (error) => log.error({ err: error }, 'a subscriber of settings failed'),
  });
  settings.define('kernel', kernelDefinitions);
  const applyLevel = (): void => {
    log.level = String(settings.value('log.level'));
  };
  applyLevel();
  settings.subscribe('log.level', applyLevel);
  return settings;
}

/** Declares what the manifests declare; a manifest in error keeps what it declared when it was last right. */
export function declarePluginSettings(settings: LiveSettings, changes: readonly ManifestChange[]): void {
  for (const change of changes) {
    const { name } = change;
    if (change.kind === 'removed') settings.define(`plugin.${name}`, []);
    else if (change.entry.ok) {
      const category = `plugin.${name}`;
      const declared = Object.entries(change.entry.manifest.settings);
      settings.define(
        category,
        declared.map(([key, option]) => ({ ...option, key: `${category}.${key}`, category })),
      );
    }
  }
}

/** A changed setting of a plugin takes effect by a swap of that plugin. */
export function followSettings(settings: LiveSettings, host: PluginHost): void {
  settings.subscribe('plugin.*', (keys) => {
    const plugins = new Set(keys.map((key) => key.split('.')[1] ?? ''));
    // A manifest may have been removed while its settings were being changed.
    for (const plugin of plugins) if (host.status(plugin) !== undefined) host.reload(plugin);
  });
}

/** Tells of settings whose value cannot be in force, such as secrets encrypted with a master key that is lost. */
export function reportUnreadable(settings: LiveSettings, log: Logger): void {
  for (const { definition, problem } of settings.views()) {
    if (problem === null) continue;
    log.error({ setting: definition.key }, problem);
    process.stderr.write(`${definition.key}: ${problem}\n`);
  }
}

/** Turns the variables of a `.env` into settings, and says what became of them. */
export async function takeOverEnvFile(
  { envFile }: Config,
  settings: LiveSettings,
  log: Logger,
): Promise<void> {
  if (envFile === undefined || !existsSync(envFile)) return;
  const { migrateEnvFile } = await import('./settings/env-migration.ts');
  const done = await migrateEnvFile(envFile, settings, operatorScope('.env'));
  if (done === undefined) return;
  log.info(done, `variables of ${envFile}`);
  if (done.backup === undefined) return;
  const names = done.imported.map(({ name }) => name).join(', ');
  process.stderr.write(`Now settings instead of variables in ${envFile}: ${names}\n`);
  process.stderr.write(`The file as it was is ${done.backup}; delete it when nothing is missing\n`);
  for (const { name, reason } of done.left) process.stderr.write(`${name} stays in ${envFile}: ${reason}\n`);
}
