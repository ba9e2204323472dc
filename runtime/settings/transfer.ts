import { NexusError } from '../base/errors.ts';
import { nearestWord } from '../base/nearest-word.ts';
import type { Scope } from '../contract/scope.ts';
import type { SettingsImported } from '../contract/settings-api.ts';
import type { LiveSettings } from './live-settings.ts';
import { readSettingsFile, settingsFileText } from './settings-file.ts';

const armored = '-----BEGIN AGE ENCRYPTED FILE-----';
const shortestPassphraseChars = 12;

/** Without a passphrase JSON without secrets, with one an age file that holds all. Throws SETTINGS_FILE_INVALID. */
export async function exportSettings(settings: LiveSettings, passphrase?: string): Promise<string> {
  if (passphrase !== undefined && passphrase.length < shortestPassphraseChars) {
    const problem = `a passphrase needs at least ${shortestPassphraseChars} characters`;
    throw new NexusError('SETTINGS_FILE_INVALID', { problem, todo: 'Choose some words at random' });
  }
  const text = settingsFileText(settings.contents(passphrase !== undefined));
  if (passphrase === undefined) return text;
  // Loaded when it is needed: few installations ever export.
  const { encryptWithPassphrase } = await import('./age-text.ts');
  return await encryptWithPassphrase(text, passphrase);
}

/**
 * Sets what a file holds, all or none, but for names that the kernel does not have: only plugins declare settings later.
 * Throws SETTINGS_FILE_INVALID or SETTING_INVALID.
 */
export async function importSettings(
  settings: LiveSettings,
  scope: Scope,
  text: string,
  passphrase?: string,
): Promise<SettingsImported> {
  const file = readSettingsFile(await inClear(text, passphrase));
  const isKnown = (key: string): boolean => settings.isDeclared(key) || key.startsWith('plugin.');
  const known = <T>(values: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(values).filter(([key]) => isKnown(key)));
  const { leftOut } = file;
  const restored = { settings: known(file.settings), secrets: known(file.secrets), leftOut };
  const changed = await settings.restore(scope, restored);
  const undeclared = [...Object.keys(file.settings), ...Object.keys(file.secrets)].filter(
    (key) => !settings.isDeclared(key),
  );
  const names = settings.views().map(({ definition }) => definition.key);
  const unknown = undeclared
    .filter((key) => !isKnown(key))
    .map((key) => ({ key, nearest: nearestWord(key, names) ?? null }));
  return { changed, undeclared: undeclared.filter(isKnown), unknown, leftOut };
}

async function inClear(text: string, passphrase: string | undefined): Promise<string> {
  if (!text.trimStart().startsWith(armored)) return text;
  if (passphrase === undefined) {
    const problem = 'it is encrypted';
    throw new NexusError('SETTINGS_FILE_INVALID', {
      problem,
      todo: 'Give the passphrase it was exported with',
    });
  }
  const { decryptWithPassphrase } = await import('./age-text.ts');
  return await decryptWithPassphrase(text, passphrase);
}
