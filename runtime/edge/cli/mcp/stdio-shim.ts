import { once } from 'node:events';
import type { Duplex, Readable, Writable } from 'node:stream';
import { unlessAborted } from '../../../base/abort.ts';
import { NexusError } from '../../../base/errors.ts';
import { LineSplitter } from './line-splitter.ts';
import { OpenRequests } from './open-requests.ts';

export interface ShimEnds {
  readonly input: Readable;
  readonly output: Writable;
  /** Opens a connection to the kernel; called again when one was lost. */
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
}

/** A kernel that is lost more often than this within a minute will be lost again. */
const lossLimit = 5;
const lossWindowMs = 60_000;

/** Passes whole lines between a client's stdio and the kernel, byte for byte, and outlives the kernel. */
export class StdioShim {
  readonly #ends: ShimEnds;
  readonly #requests = new OpenRequests();
  readonly #stop = new AbortController();
  #stream: PromiseWithResolvers<Duplex> = Promise.withResolvers();
  #hasInputEnded = false;
  #losses: readonly number[] = [];

  constructor(ends: ShimEnds) {
    this.#ends = ends;
    // The client closed its end: nobody is left to answer.
    ends.output.on('error', () => this.stop());
  }

  /** Ends `run` at once, whatever is still in flight. */
  stop(): void {
    this.#stop.abort();
    this.#ends.input.destroy();
  }

  /** Settles when the input has ended and all that was asked is answered, or after `stop`. */
  async run(): Promise<void> {
    const reading = this.#unlessStopped(() => this.#readInput());
    try {
      await this.#unlessStopped(() => this.#followKernels());
    } finally {
      this.stop();
      await reading;
    }
  }

  /** One kernel after the other, until everything is done. */
  async #followKernels(): Promise<void> {
    const { signal } = this.#stop;
    while (!this.#isDone()) {
      const stream = await this.#ends.connect(signal);
      signal.addEventListener('abort', () => stream.destroy(), { once: true });
      for (const line of this.#requests.repeat()) stream.write(line);
      this.#stream.resolve(stream);
      this.#endWhenDone(stream);
      await this.#readKernel(stream);
      if (this.#isDone()) return;
      signal.throwIfAborted();
      this.#stream = Promise.withResolvers();
      this.#noteLoss();
    }
  }

  async #readInput(): Promise<void> {
    const lines = new LineSplitter();
    for await (const piece of this.#ends.input) {
      for (const line of lines.push(piece)) await this.#send(line);
    }
    this.#hasInputEnded = true;
    this.#endWhenDone(await unlessAborted(this.#stream.promise, this.#stop.signal));
  }

  async #send(line: Buffer): Promise<void> {
    let connected = this.#stream;
    let stream = await unlessAborted(connected.promise, this.#stop.signal);
    // Lost in the meantime: what is noted for a connection after its loss would never be answered.
    while (connected !== this.#stream) {
      connected = this.#stream;
      stream = await unlessAborted(connected.promise, this.#stop.signal);
    }
    this.#requests.sent(line);
    if (!stream.write(line)) await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
  }

  /** Passes on what the kernel says until the connection is over, in whatever way. */
  async #readKernel(stream: Duplex): Promise<void> {
    const { output } = this.#ends;
    const lines = new LineSplitter();
    // 'close' follows every error; the loop below ends with it.
    stream.on('error', () => {});
    const pieces = stream.iterator({ destroyOnReturn: true });
    for (;;) {
      const next = await pieces.next().catch(() => ({ done: true, value: undefined }));
      if (next.done === true) return;
      for (const line of lines.push(next.value)) {
        if (!this.#requests.answered(line)) continue;
        if (!output.write(line)) await once(output, 'drain', { signal: this.#stop.signal });
      }
      this.#endWhenDone(stream);
    }
  }

  /** Answers what the kernel that ended took with it. */
  #noteLoss(): void {
    const { message } = new NexusError('KERNEL_GONE');
    for (const id of this.#requests.giveUp()) {
      this.#ends.output.write(
        `${JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_000, message } })}\n`,
      );
    }
    const now = performance.now();
    this.#losses = [...this.#losses.filter((at) => now - at < lossWindowMs), now];
    if (this.#losses.length > lossLimit) throw new NexusError('KERNEL_GONE');
  }

  #isDone(): boolean {
    return this.#hasInputEnded && this.#requests.isDone;
  }

  #endWhenDone(stream: Duplex): void {
    if (this.#isDone()) stream.end();
  }

  async #unlessStopped(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }
}
