import { createHmac, randomBytes, randomInt } from 'node:crypto';

/** A shorter text is too likely to be part of something else. */
const WINDOW_CHARS = 8;
/** A line of a private key; shorter lines of a secret of several lines are no secret by themselves. */
const SHORTEST_LINE_CHARS = 16;
/** Beyond it the finder is full: what it knew of old secrets has to be forgotten. */
const MOST_TEXTS = 8_192;

interface Fingerprint {
  readonly name: string;
  readonly length: number;
  readonly digest: string;
}

/**
 * Finds known secrets in texts without keeping them: of each only its length, a hash of its first eight characters and
 * a keyed digest stay in memory. One walk over a text, however many
 * secrets there are, which takes about as long as the search for what merely looks like a secret.
 */
export class SecretFinder {
  readonly #digestKey = randomBytes(32);
  /** The rolling hash is taken modulo 2^32 at a random odd base, so that nobody can prepare texts full of near hits. */
  readonly #base = (randomInt(0x1000_0000, 0x7fff_ffff) << 1) | 1;
  readonly #outBase: number;
  readonly #byStart = new Map<number, Fingerprint[]>();
  /** Which upper halves of hashes occur: nearly every place of a text ends here. */
  readonly #starts = new Uint8Array(65_536);
  #texts = 0;

  constructor() {
    let power = 1;
    for (let at = 0; at < WINDOW_CHARS; at += 1) power = Math.imul(power, this.#base);
    this.#outBase = power;
  }

  get isFull(): boolean {
    return this.#texts >= MOST_TEXTS;
  }

  /** Knows from now on a secret as it is and as it stands in JSON, addresses, base64 and single lines. */
  learn(name: string, secret: string): void {
    for (const text of writingsOf(secret)) this.#learn(name, text);
  }

  forgetAll(): void {
    this.#byStart.clear();
    this.#starts.fill(0);
    this.#texts = 0;
  }

  /** The text with `[secret NAME]` in place of every known secret. */
  redact(text: string): string {
    if (this.#texts === 0 || text.length < WINDOW_CHARS) return text;
    let result = '';
    let kept = 0;
    for (let found = this.#find(text, 0); found !== undefined; found = this.#find(text, kept)) {
      result += `${text.slice(kept, found.start)}[secret ${found.name}]`;
      kept = found.start + found.length;
    }
    return kept === 0 ? text : result + text.slice(kept);
  }

  #find(text: string, from: number): (Fingerprint & { readonly start: number }) | undefined {
    // Locals: through private fields a character takes four times as long.
    const [starts, base, outBase] = [this.#starts, this.#base, this.#outBase];
    const firstEnd = from + WINDOW_CHARS;
    let hash = 0;
    for (let at = from; at < text.length; at += 1) {
      hash = (Math.imul(hash, base) + text.charCodeAt(at)) | 0;
      if (at >= firstEnd) hash = (hash - Math.imul(text.charCodeAt(at - WINDOW_CHARS), outBase)) | 0;
      if (starts[hash >>> 16] === 0 || at < firstEnd - 1) continue;
      const start = at - WINDOW_CHARS + 1;
      const known = this.#match(text, start, hash);
      if (known !== undefined) return { ...known, start };
    }
    return undefined;
  }

  #learn(name: string, text: string): void {
    if (text.length < WINDOW_CHARS || this.isFull) return;
    let hash = 0;
    for (let at = 0; at < WINDOW_CHARS; at += 1) {
      hash = (Math.imul(hash, this.#base) + text.charCodeAt(at)) | 0;
    }
    const fingerprint = { name, length: text.length, digest: this.#digest(text) };
    const known = this.#byStart.get(hash) ?? [];
    if (known.some(({ digest }) => digest === fingerprint.digest)) return;
    // The longest one first: a secret may begin with another.
    this.#byStart.set(
      hash,
      [...known, fingerprint].sort((a, b) => b.length - a.length),
    );
    this.#starts[hash >>> 16] = 1;
    this.#texts += 1;
  }

  #match(text: string, start: number, hash: number): Fingerprint | undefined {
    return this.#byStart
      .get(hash)
      ?.find(
        ({ length, digest }) =>
          start + length <= text.length && this.#digest(text.slice(start, start + length)) === digest,
      );
  }

  #digest(text: string): string {
    return createHmac('sha256', this.#digestKey).update(text).digest('base64');
  }
}

function writingsOf(secret: string): ReadonlySet<string> {
  const lines = secret.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE_CHARS);
  const base64 = Buffer.from(secret).toString('base64').replace(/=+$/, '');
  return new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    base64,
    base64.replaceAll('+', '-').replaceAll('/', '_'),
    ...(lines.length > 1 ? lines : []),
  ]);
}

const finders = new Set<SecretFinder>();

/** Lets every log, record and error of this process leave out what a finder knows, until it is disposed of. */
export function redactKnownTo(finder: SecretFinder): Disposable {
  finders.add(finder);
  return { [Symbol.dispose]: () => finders.delete(finder) };
}

/** A text without the secrets that the settings of this process hold. Costs nothing while there are none. */
export function redactKnown(text: string): string {
  let redacted = text;
  for (const finder of finders) redacted = finder.redact(redacted);
  return redacted;
}
