import { isSameText } from '../base/same-text.ts';
import { newSecret, sealOf } from './secrets.ts';

/** What a browser that signed in shows when it comes again: a name under the kernel's seal. It lets nobody in. */
export class Devices {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  make(): string {
    const name = newSecret();
    return `${name}.${this.#seal(name)}`;
  }

  /** The name of a browser that signed in before, or null. */
  known(shown: string | null): string | null {
    const [name = '', seal = ''] = shown?.split('.') ?? [];
    return isSameText(seal, this.#seal(name)) ? name : null;
  }

  #seal(name: string): string {
    return sealOf(this.#key, `device ${name}`);
  }
}
