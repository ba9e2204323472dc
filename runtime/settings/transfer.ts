import { NexusError } from '../base/errors.ts';
import type { Scope } from '../contract/scope.ts';
import type { LiveSettings } from './live-settings.ts';
import { readSettingsFile, settingsFileText } from './settings-file.ts';

const armored = '-----BEGIN AGE ENCRYPTED FILE-----';
const shortestPassphraseChars = 12;

/** What an import did, by key. */
interface ImportReport {
  readonly changed: readonly string[];
  /** On record for whoever will declare them. */
  readonly undeclared: readonly string[];
  /** Secrets the file names and does not hold. */
  readonly leftOut: readonly string[];
}

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

/** Sets what a file holds, all or none. Throws SETTINGS_FILE_INVALID or SETTING_INVALID. */
export async function importSettings(
  settings: LiveSettings,
  scope: Scope,
  text: string,
  passphrase?: string,
): Promise<ImportReport> {
  const file = readSettingsFile(await inClear(text, passphrase));
  const changed = await settings.restore(scope, file);
  const keys = [...Object.keys(file.settings), ...Object.keys(file.secrets)];
  return { changed, undeclared: keys.filter((key) => !settings.isDeclared(key)), leftOut: file.leftOut };
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
