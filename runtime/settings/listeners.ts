type Listener = (keys: readonly string[]) => void;

/** Who is told of changed settings. */
export class Listeners {
  readonly #onError: (error: unknown) => void;
  readonly #entries = new Set<{ readonly pattern: string; readonly listener: Listener }>();

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** `*` in the pattern stands for any characters, all others for themselves. Returns the end of it. */
  add(pattern: string, listener: Listener): () => void {
    const entry = { pattern, listener };
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  tell(keys: readonly string[]): void {
    for (const { pattern, listener } of this.#entries) {
      const matching = keys.filter((key) => matches(pattern, key));
      if (matching.length === 0) continue;
      try {
        listener(matching);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

/** In linear time for one `*`, and bounded by the length of a key for each further one. */
function matches(pattern: string, key: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === key;
  const last = rest.pop() ?? '';
  if (!key.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = key.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return key.length - last.length >= at && key.endsWith(last);
}
