import { readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { messageOf, NexusError, systemCode } from '../../base/errors.ts';
import { errorBodySchema } from '../../contract/api.ts';
import type { Given } from './command-line.ts';
import type { CliDeps } from './deps.ts';
import type { EventSource } from './event-stream.ts';
import { errorOf } from './kernel-error.ts';
import { configOf } from './places.ts';

/** Where a kernel can be reached, and the operator's token. */
export interface KernelAddress {
  readonly url: string;
  readonly token: string;
}

const addressSchema = z.object({ url: z.url(), pid: z.int() });

/** The address the kernel of a data directory left there, or the reason there is none. */
export function findKernel(dataDir: string): KernelAddress | { readonly problem: string } {
  try {
    const { url, pid } = addressSchema.parse(JSON.parse(readFileSync(join(dataDir, 'kernel.json'), 'utf8')));
    // After a crash the file stays. Its port may be somebody else's by now, who must not be sent the token.
    if (!isAlive(pid)) return { problem: 'none is running' };
    return { url, token: readFileSync(join(dataDir, 'token'), 'utf8').trim() };
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { problem: 'none is running' };
    if (code !== undefined) return { problem: `its address or token cannot be read (${code})` };
    return { problem: 'kernel.json in it is damaged' };
  }
}

/** The HTTP API of the running kernel. */
export class KernelClient {
  readonly #address: KernelAddress;
  readonly #dataDir: string;

  /** Throws KERNEL_UNREACHABLE when no kernel runs over the data directory. */
  constructor(dataDir: string) {
    const found = findKernel(dataDir);
    if ('problem' in found) {
      throw new NexusError('KERNEL_UNREACHABLE', { data: dataDir, problem: found.problem });
    }
    this.#address = found;
    this.#dataDir = dataDir;
  }

  /** Throws what the kernel answered as the same error, or KERNEL_UNREACHABLE. */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#send('GET', path));
  }

  async post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#send('POST', path, body));
  }

  async put<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#send('PUT', path, body));
  }

  async delete<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return schema.parse(await this.#send('DELETE', path));
  }

  /** Asks for something that can take long, and passes on how far it is. */
  async postLong<T>(
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    onProgress: (text: string) => void,
  ): Promise<T> {
    const { status, answer } = await this.#reach(() =>
      this.#exchange('POST', path, body, async (response) => {
        if (!response.headers['content-type']?.startsWith(linesOfJson)) return await json(response);
        return await lastOf(response, onProgress);
      }),
    );
    const ended = endSchema.safeParse(answer).data;
    if (ended?.error !== undefined) throw errorOf({ error: ended.error }, status);
    if (status >= 300) throw errorOf(answer, status);
    return schema.parse(ended === undefined ? answer : ended.result);
  }

  /** Where the events at a path are read from. */
  eventSource(path: string, after: string): EventSource {
    return { url: new URL(path, this.#address.url), token: this.#address.token, after };
  }

  async #send(method: string, path: string, body?: unknown): Promise<unknown> {
    const { status, answer } = await this.#reach(() => this.#exchange(method, path, body, json));
    if (status < 300) return answer;
    throw errorOf(answer, status);
  }

  async #reach<T>(exchange: () => Promise<T>): Promise<T> {
    try {
      return await exchange();
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined && !(error instanceof SyntaxError)) throw error;
      const problem = code === 'ECONNREFUSED' ? 'none is running' : messageOf(error);
      throw new NexusError('KERNEL_UNREACHABLE', { data: this.#dataDir, problem }, error);
    }
  }

  #exchange(
    method: string,
    path: string,
    body: unknown,
    read: (response: IncomingMessage) => Promise<unknown>,
  ): Promise<{ status: number; answer: unknown }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: unknown }>();
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#address.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      'user-agent': 'nexus',
      'x-nexus-source': 'cli',
      ...(read === json ? {} : { accept: linesOfJson }),
    };
    // No deadline of its own: a tool run may take as long as its manifest allows.
    const sent = request(new URL(path, this.#address.url), { method, headers, agent: false }, (res) => {
      read(res).then((answer) => resolve({ status: res.statusCode ?? 0, answer }), reject);
    });
    sent.on('error', reject);
    sent.end(text);
    return promise;
  }
}

const linesOfJson = 'application/x-ndjson';
const endSchema = z.union([
  z.strictObject({ result: z.unknown(), error: z.undefined().optional() }),
  z.strictObject({ error: errorBodySchema.shape.error, result: z.undefined().optional() }),
]);
const progressSchema = z.strictObject({ progress: z.string() });

/** The last line of an answer in lines of JSON; those before it tell how far it is. */
async function lastOf(response: IncomingMessage, onProgress: (text: string) => void): Promise<unknown> {
  let last: unknown;
  for await (const line of createInterface({ input: response })) {
    last = JSON.parse(line);
    const told = progressSchema.safeParse(last).data;
    if (told !== undefined) onProgress(told.progress);
  }
  return last;
}

/** The kernel that runs over the data directory a command names. Throws KERNEL_UNREACHABLE. */
export function clientOf(given: Given, deps: CliDeps): KernelClient {
  return new KernelClient(configOf(given, deps).dataDir);
}

/** Whether a process with this id exists, whoever owns it. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}
