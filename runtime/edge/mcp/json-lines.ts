import type { Duplex } from 'node:stream';
import { isTooDeep, jsonDepthLimit } from '../../base/json-depth.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { bodyLimitBytes } from './request-body.ts';

/** A client that leaves this much unread is disconnected. */
const unreadLimitBytes = 64 * 1024 * 1024;

/** Newline-delimited JSON objects in both directions on one stream (MCP, Transports, stdio). */
export class JsonLines {
  /** Settles when the stream is over, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #stream: Duplex;
  readonly #onMessage: (message: JsonObject) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #isRefused = false;

  /** `onEnd` is told when the other side has no more to say; it may still be listening. */
  constructor(stream: Duplex, onMessage: (message: JsonObject) => void, onEnd: () => void) {
    this.#stream = stream;
    this.#onMessage = onMessage;
    this.ended = new Promise((resolve) => {
      if (stream.closed) resolve();
      else stream.once('close', resolve);
    });
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    stream.on('end', onEnd);
    // 'close' follows every error and says all there is to say.
    stream.on('error', () => {});
  }

  send(message: object): void {
    if (this.#stream.destroyed) return;
    if (this.#stream.writableLength > unreadLimitBytes) this.#stream.destroy();
    else this.#stream.write(`${JSON.stringify(message)}\n`);
  }

  /** Says that nothing follows, once what was sent has left. */
  end(): void {
    this.#stream.end();
  }

  close(): void {
    this.#stream.destroy();
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1 && !this.#isRefused; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, end)]);
      this.#rest = [];
      this.#restBytes = 0;
      from = end + 1;
      if (!isEmpty(line)) this.#deliver(line);
    }
    if (this.#isRefused) return;
    if (from < chunk.length) {
      this.#rest.push(chunk.subarray(from));
      this.#restBytes += chunk.length - from;
    }
    if (this.#restBytes > bodyLimitBytes) this.#refuse(-32_600, 'Invalid Request: the message is too large');
  }

  #deliver(line: Buffer): void {
    const text = line.toString('utf8');
    if (isTooDeep(text))
      return this.#refuse(-32_600, `Invalid Request: nested deeper than ${jsonDepthLimit} levels`);
    let message: unknown;
    try {
      message = JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.send({ jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'Parse error' } });
      return;
    }
    if (isJsonObject(message)) this.#onMessage(message);
    else this.send({ jsonrpc: '2.0', id: null, error: { code: -32_600, message: 'Invalid Request' } });
  }

  /** Says why and ends; what the other side still sends is not looked at. */
  #refuse(code: number, message: string): void {
    this.#isRefused = true;
    this.#rest = [];
    this.#restBytes = 0;
    this.send({ jsonrpc: '2.0', id: null, error: { code, message } });
    this.#stream.end();
  }
}

function isEmpty(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 13);
}
