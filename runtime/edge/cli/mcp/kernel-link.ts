import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { NexusError } from '../../../base/errors.ts';
import type { Config } from '../../../index.ts';
import type { CliDeps, ServedKernel } from '../deps.ts';
import { findKernel, type KernelAddress } from '../kernel-client.ts';

/** A kernel that holds the data directory but does not answer may be starting or stopping for this long. */
const patienceMs = 15_000;
const betweenTriesMs = 50;
const upgradeMs = 5_000;

/** Connections to the kernel of a data directory, which is started in this process when there is none. */
export class KernelLink implements AsyncDisposable {
  readonly #config: Config;
  readonly #serve: CliDeps['serve'];
  #own: ServedKernel | undefined;

  constructor(config: Config, { serve }: CliDeps) {
    this.#config = config;
    this.#serve = serve;
  }

  /**
   * A stream on which the kernel speaks MCP, one message a line. Of several processes that start at once one gets
   * the data directory; the others see KERNEL_RUNNING and wait for its address.
   */
  async connect(signal: AbortSignal): Promise<Duplex> {
    const { dataDir } = this.#config;
    const giveUpAt = performance.now() + patienceMs;
    while (performance.now() < giveUpAt) {
      const found = findKernel(dataDir);
      const stream = 'problem' in found ? await this.#start() : await upgrade(found);
      if (stream !== undefined) return stream;
      await wait(betweenTriesMs, undefined, { signal });
    }
    const problem = 'the one that holds it does not answer';
    throw new NexusError('KERNEL_UNREACHABLE', { data: dataDir, problem });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
  }

  async #start(): Promise<Duplex | undefined> {
    if (this.#own !== undefined) return undefined;
    try {
      this.#own = await this.#serve(this.#config);
    } catch (error) {
      if (error instanceof NexusError && error.code === 'KERNEL_RUNNING') return undefined;
      throw error;
    }
    return await upgrade({ url: this.#own.url, token: this.#own.kernel.token });
  }
}

/** Asks a kernel to speak MCP on the connection (RFC 9110, 7.8); undefined when it is not there or does not. */
function upgrade({ url, token }: KernelAddress): Promise<Duplex | undefined> {
  const { promise, resolve } = Promise.withResolvers<Duplex | undefined>();
  const headers = { connection: 'Upgrade', upgrade: 'nexus-stdio', authorization: `Bearer ${token}` };
  const asked = request(new URL('/mcp', url), { headers, agent: false, timeout: upgradeMs });
  asked.on('upgrade', (_res, socket, head) => {
    socket.setTimeout(0);
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  asked.on('response', (res) => {
    res.resume();
    resolve(undefined);
  });
  asked.on('timeout', () => asked.destroy());
  asked.on('error', () => resolve(undefined));
  asked.on('close', () => resolve(undefined));
  asked.end();
  return promise;
}
