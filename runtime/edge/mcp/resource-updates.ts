/** Time between two messages about the same resources, in milliseconds. */
const intervalMs = 100;
/** Of more resources than this in one interval nobody is told. */
const uriLimit = 1_000;

/** Passes on that resources were updated: at once, but of no resource more than ten times a second. */
export class ResourceUpdates {
  readonly #tell: (uris: readonly string[]) => void;
  readonly #updated = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (uris: readonly string[]) => void) {
    this.#tell = tell;
  }

  note(uri: string): void {
    if (this.#updated.size < uriLimit) this.#updated.add(uri);
    if (this.#timer === undefined) this.#flush();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #flush(): void {
    const uris = [...this.#updated];
    this.#updated.clear();
    this.#timer = undefined;
    if (uris.length === 0) return;
    this.#timer = setTimeout(() => this.#flush(), intervalMs);
    this.#tell(uris);
  }
}
