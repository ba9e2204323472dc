import { createInterface, type Interface } from 'node:readline';

/** `interrupt`: Ctrl-C. `end`: Ctrl-D, or the terminal is gone; nothing but it comes after it. */
export type Typed =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'end' };

/** Lines that were typed and nobody has read yet; what is pasted beyond is left out. */
const mostKept = 10_000;

/** What a person types on the terminal, in its order, whether somebody waits for it or not. */
export class Keyboard implements Disposable {
  readonly #lines: Interface;
  readonly #kept: Typed[] = [];
  #ready: PromiseWithResolvers<void> | undefined;

  constructor() {
    this.#lines = createInterface({ input: process.stdin, output: process.stdout });
    this.#lines.on('line', (text) => this.#add({ kind: 'line', text: text.trim() }));
    this.#lines.on('SIGINT', () => this.#add({ kind: 'interrupt' }));
    this.#lines.on('close', () => this.#add({ kind: 'end' }));
  }

  prompt(text: string): void {
    // Nobody is there to be asked any more.
    if (this.#kept.at(-1)?.kind === 'end') return;
    this.#lines.setPrompt(text);
    this.#lines.prompt();
  }

  /** Settles when there is something to take. Whoever stops waiting takes nothing from the next. */
  async ready(): Promise<void> {
    if (this.#kept.length > 0) return;
    this.#ready ??= Promise.withResolvers<void>();
    await this.#ready.promise;
  }

  take(): Typed | undefined {
    return this.#kept[0]?.kind === 'end' ? this.#kept[0] : this.#kept.shift();
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }

  #add(typed: Typed): void {
    if (this.#kept.length < mostKept || typed.kind === 'end') this.#kept.push(typed);
    this.#ready?.resolve();
    this.#ready = undefined;
  }
}
