import { parseJSONRPCMessage, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { messageOf } from '../../base/errors.ts';
import { rpcCodes } from '../../base/rpc-error.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import type { ChannelListener, MessageChannel } from './message-channel.ts';

interface RemoteChannelOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Streamable HTTP towards a remote MCP server (MCP 2025-11-25 and 2026-07-28, Transports). */
export class RemoteChannel implements MessageChannel {
  readonly #transport: StreamableHTTPClientTransport;
  /** Streams of requests in flight, by id: closing one is how 2026-07-28 cancels over HTTP. */
  readonly #streams = new Map<unknown, AbortController>();
  #listener: ChannelListener | undefined;

  constructor(options: RemoteChannelOptions) {
    this.#transport = new StreamableHTTPClientTransport(new URL(options.url), {
      requestInit: { headers: options.headers },
    });
  }

  async open(listener: ChannelListener): Promise<void> {
    this.#listener = listener;
    this.#transport.onmessage = (message) => {
      const received: unknown = message;
      if (!isJsonObject(received)) return;
      if (received['method'] === undefined) this.#streams.delete(received['id']);
      this.#noteVersion(received);
      listener.message(received);
    };
    this.#transport.onclose = () => this.#end(new Error('the remote server closed the connection'));
    await this.#transport.start();
  }

  send(message: JsonObject): void {
    const id = message['method'] === undefined ? undefined : message['id'];
    const stream = new AbortController();
    if (id !== undefined) this.#streams.set(id, stream);
    if (message['method'] === 'notifications/cancelled' && isJsonObject(message['params'])) {
      const requestId = message['params']['requestId'];
      this.#streams.get(requestId)?.abort();
      this.#streams.delete(requestId);
    }
    this.#transport
      .send(parseJSONRPCMessage(message), { requestSignal: stream.signal })
      .catch((error: unknown) => {
        if (id === undefined || !this.#streams.delete(id)) return;
        const failure = {
          code: rpcCodes.internal,
          message: `the remote server did not take the request: ${messageOf(error)}`,
        };
        this.#listener?.message({ jsonrpc: '2.0', id, error: failure });
      });
  }

  async close(): Promise<void> {
    this.#listener = undefined;
    for (const stream of this.#streams.values()) stream.abort();
    this.#streams.clear();
    await this.#transport.close();
  }

  /** A legacy server wants the negotiated version in a header of every later request (2025-11-25, Transports). */
  #noteVersion(message: JsonObject): void {
    const { result } = message;
    if (isJsonObject(result) && typeof result['protocolVersion'] === 'string') {
      this.#transport.setProtocolVersion(result['protocolVersion']);
    }
  }

  #end(reason: Error): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(reason);
  }
}
