interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/** Requests that wait for an answer with their id, as JSON-RPC messages come one per line. */
export class PendingAnswers {
  readonly #waiting = new Map<number, Waiting>();
  #endedBy: Error | undefined;
  #rest = '';
  #nextId = 1;

  /** A new id, and the promise of the message that answers it. */
  expect(): { readonly id: number; readonly answer: Promise<string> } {
    const id = this.#nextId++;
    const { promise: answer, resolve, reject } = Promise.withResolvers<string>();
    if (this.#endedBy === undefined) this.#waiting.set(id, { resolve, reject });
    else reject(this.#endedBy);
    return { id, answer };
  }

  /** Takes text as it comes; `prefix` is what messages begin with, other lines count for nothing. */
  read(text: string, prefix = ''): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith(prefix)) this.#deliver(line.slice(prefix.length));
  }

  /** Rejects what waits and what is still to be expected. */
  end(reason: Error): void {
    this.#endedBy ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#endedBy);
    this.#waiting.clear();
  }

  #deliver(line: string): void {
    const id: unknown = line.startsWith('{') ? JSON.parse(line).id : undefined;
    if (typeof id !== 'number') return;
    this.#waiting.get(id)?.resolve(line);
    this.#waiting.delete(id);
  }
}
