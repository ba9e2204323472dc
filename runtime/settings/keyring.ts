import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, NexusError } from '../base/errors.ts';
import { readKey, readOrCreateKey, writeKey } from './key-file.ts';
import { parseSealKey, seal, sealKeyId, unseal, type SealKey, type SealPlace } from './seal.ts';

/** Name of the systemd credential (https://systemd.io/CREDENTIALS) that takes the place of the key file. */
const credentialName = 'nexus-secrets-key';

export interface KeyringOptions {
  readonly dataDir: string;
  /** systemd's $CREDENTIALS_DIRECTORY. */
  readonly credentialsDir?: string | undefined;
}

/**
 * The master key of all secrets: a systemd credential when there is one, else `secrets.key` in the data directory, made
 * when the first secret is sealed. While it is being replaced the old one stays beside it as `secrets.key.old`
 * (credentials: `nexus-secrets-key-old`), so that an end at any moment leaves every secret readable.
 */
export class Keyring {
  readonly #file: string;
  readonly #oldFile: string;
  readonly #isCredential: boolean;
  #current: SealKey | undefined;
  #old: SealKey | undefined;
  /** Why the key file cannot be used. */
  #problem: NexusError | undefined;

  constructor({ dataDir, credentialsDir }: KeyringOptions) {
    const credential = credentialsDir === undefined ? '' : join(credentialsDir, credentialName);
    this.#isCredential = credential !== '' && readKey(credential) !== '';
    this.#file = this.#isCredential ? credential : join(dataDir, 'secrets.key');
    this.#oldFile = this.#isCredential ? `${credential}-old` : `${this.#file}.old`;
    this.#current = this.#read(this.#file);
    this.#old = this.#read(this.#oldFile);
    // A key file of an installation that then got a credential opens what was sealed before.
    if (this.#isCredential) this.#old ??= this.#read(join(dataDir, 'secrets.key'));
  }

  /** Throws SECRETS_KEY_INVALID when the key file holds no key. */
  seal(text: string, place: SealPlace): string {
    return seal(text, place, this.#usable());
  }

  /** Throws an error that says why it cannot be opened. */
  open(sealed: string, place: SealPlace): string {
    const id = sealKeyId(sealed);
    const key = [this.#current, this.#old].find((one) => one?.id === id);
    if (key !== undefined) return unseal(sealed, place, key);
    if (this.#problem !== undefined) throw this.#problem;
    const found = this.#current === undefined ? 'is missing' : 'is another one';
    throw new Error(`it was encrypted with master key ${id}, and ${this.#file} ${found}`);
  }

  /** Whether a text is sealed with a key that is about to go. */
  isOutdated(sealed: string): boolean {
    const id = sealKeyId(sealed);
    return this.#old?.id === id && this.#current !== undefined && this.#current.id !== id;
  }

  /** Makes a new key the current one; the old one stays until `forgetOld`. Throws SECRETS_KEY_INVALID. */
  replace(): void {
    if (this.#isCredential) {
      const todo = `Replace the credential, give the old one as ${credentialName}-old, and restart the kernel`;
      throw invalid(this.#file, 'belongs to systemd and cannot be replaced from here', todo);
    }
    this.#usable();
    writeKey(this.#oldFile, readKey(this.#file));
    writeKey(this.#file, randomBytes(32).toString('base64url'));
    this.#old = this.#current;
    this.#current = this.#read(this.#file);
  }

  /** Called when nothing is sealed with the old key any more. */
  forgetOld(): void {
    // Without a current key the old one is all there is.
    if (this.#current === undefined) return;
    this.#old = undefined;
    if (!this.#isCredential) rmSync(this.#oldFile, { force: true });
  }

  #usable(): SealKey {
    if (this.#problem !== undefined) throw this.#problem;
    this.#current ??= parseSealKey(readOrCreateKey(this.#file));
    if (this.#current === undefined) throw this.#notAKey(this.#file);
    return this.#current;
  }

  #read(file: string): SealKey | undefined {
    try {
      const text = readKey(file);
      const key = parseSealKey(text);
      if (text !== '' && key === undefined) this.#problem = this.#notAKey(file);
      return key;
    } catch (error) {
      this.#problem = invalid(
        file,
        `cannot be read (${messageOf(error)})`,
        'Correct its permissions and restart',
      );
      return undefined;
    }
  }

  #notAKey(file: string): NexusError {
    return invalid(
      file,
      'does not hold 32 bytes as base64url or hexadecimal',
      'Put back the key from a backup',
    );
  }
}

function invalid(file: string, problem: string, todo: string): NexusError {
  return new NexusError('SECRETS_KEY_INVALID', { file, problem, todo });
}
