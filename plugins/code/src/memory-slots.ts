import { ScriptFault } from './faults.ts';

interface Waiting {
  readonly sizeMb: number;
  readonly start: () => void;
}

/** Memory that scripts share: who does not fit waits, in the order of coming. */
export class MemorySlots {
  readonly #maxWaiting: number;
  readonly #waiting: Waiting[] = [];
  #freeMb: number;

  constructor(totalMb: number, maxWaiting: number) {
    this.#freeMb = totalMb;
    this.#maxWaiting = maxWaiting;
  }

  /** Waits for memory, which is given back when the answer is disposed. Rejects with BUSY, or the reason of `signal`. */
  async take(sizeMb: number, signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new ScriptFault('BUSY', `${this.#waiting.length} scripts are waiting already`);
    }
    await new Promise<void>((resolve, reject) => {
      const waiting: Waiting = {
        sizeMb,
        start: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
        this.#admit();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
      this.#admit();
    });
    return {
      [Symbol.dispose]: () => {
        this.#freeMb += sizeMb;
        this.#admit();
      },
    };
  }

  #admit(): void {
    for (
      let first = this.#waiting[0];
      first !== undefined && first.sizeMb <= this.#freeMb;
      first = this.#waiting[0]
    ) {
      this.#waiting.shift();
      this.#freeMb -= first.sizeMb;
      first.start();
    }
  }
}
