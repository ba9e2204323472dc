import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { messageOf, NexusError } from '../../base/errors.ts';

/** How documents and bundles of the net are asked for. */
export type Fetch = (url: string, signal: AbortSignal) => Promise<Response>;

const largestDocument = 1_048_576;
const largestBundle = 536_870_912;
const patienceMs = 120_000;

/** What one import fetches; its files are gone when it is disposed. */
export class Downloads implements AsyncDisposable {
  readonly #fetch: Fetch;
  readonly #folders: string[] = [];

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** A JSON document. Throws DOWNLOAD_FAILED. */
  async text(url: string, signal: AbortSignal): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#chunks(url, largestDocument, signal)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  /** The file of a bundle; without its SHA-256 nothing is fetched. Throws DOWNLOAD_FAILED. */
  async bundle(url: string, sha256: string | undefined, signal: AbortSignal): Promise<string> {
    if (sha256 === undefined) {
      throw failed(
        url,
        'its entry does not say what SHA-256 it has',
        'Download it yourself and import the file',
      );
    }
    const folder = await mkdtemp(join(tmpdir(), 'nexus-import-'));
    this.#folders.push(folder);
    const file = join(folder, 'bundle.mcpb');
    const hash = createHash('sha256');
    const chunks = this.#chunks(url, largestBundle, signal);
    await pipeline(chunks, hashing(hash), createWriteStream(file, { mode: 0o600 }), { signal });
    const actual = hash.digest('hex');
    if (actual === sha256) return file;
    throw failed(url, `its SHA-256 is ${actual}, and its entry says ${sha256}`, 'Do not trust this file');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  async *#chunks(url: string, most: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    if (URL.parse(url)?.protocol !== 'https:')
      throw failed(url, 'it is no https address', 'Give one that is');
    const limited = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    const response = await this.#fetch(url, limited).catch((error: unknown) => {
      signal.throwIfAborted();
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw failed(url, messageOf(cause), 'Check the address and the network');
    });
    if (!response.ok || response.body === null) {
      throw failed(url, `the server answered ${response.status}`, 'Check the address');
    }
    let bytes = 0;
    for await (const chunk of response.body) {
      bytes += chunk.byteLength;
      if (bytes > most) throw failed(url, `it has more than ${most} bytes`, 'Give another one');
      yield chunk;
    }
  }
}

function hashing(hash: ReturnType<typeof createHash>) {
  return async function* pass(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

function failed(url: string, problem: string, todo: string): NexusError {
  return new NexusError('DOWNLOAD_FAILED', { url, problem, todo });
}
