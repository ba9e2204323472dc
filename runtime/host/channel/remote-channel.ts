import {
  parseJSONRPCMessage,
  SdkHttpError,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { NexusError } from '../../base/errors.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { explainFetch } from './fetch-problem.ts';
import { limitedFetch } from './limited-fetch.ts';
import type { ChannelListener, MessageChannel } from './message-channel.ts';

interface RemoteChannelOptions {
  readonly plugin: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Largest message accepted, in bytes. */
  readonly limitBytes: number;
}

/** Streamable HTTP towards a remote MCP server (MCP 2025-11-25 and 2026-07-28, Transports). */
export class RemoteChannel implements MessageChannel {
  readonly #plugin: string;
  readonly #url: URL;
  readonly #transport: StreamableHTTPClientTransport;
  /** Streams of requests in flight, by id: closing one is how 2026-07-28 cancels over HTTP. */
  readonly #streams = new Map<unknown, AbortController>();
  #listener: ChannelListener | undefined;

  constructor({ plugin, url, headers, limitBytes }: RemoteChannelOptions) {
    this.#plugin = plugin;
    this.#url = new URL(url);
    this.#transport = new StreamableHTTPClientTransport(this.#url, {
      requestInit: { headers },
      fetch: limitedFetch(plugin, limitBytes),
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
    this.#transport.onclose = () => this.#end(this.#lost('the remote server closed the connection'));
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
    const onRequestStreamEnd = (): void => this.#fail(id, this.#lost('its stream ended without an answer'));
    this.#transport
      .send(parseJSONRPCMessage(message), { requestSignal: stream.signal, onRequestStreamEnd })
      .catch((error: unknown) => {
        // 2025-11-25, "Session Management": a 404 ends the session; a new one is opened by the next start.
        const isForgotten = this.#transport.sessionId !== undefined && statusOf(error) === 404;
        this.#fail(id, isForgotten ? this.#refused('it forgot the session') : this.#explain(error));
        if (isForgotten) this.#end(this.#lost('it forgot the session'));
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

  /** The request with this id, unless it was answered or given up, gets no answer any more. */
  #fail(id: unknown, reason: NexusError): void {
    if (id !== undefined && this.#streams.delete(id)) this.#listener?.failed(id, reason);
  }

  #explain(error: unknown): NexusError {
    if (error instanceof NexusError) return error;
    const status = statusOf(error);
    const { problem, isSent } = explainFetch(error, this.#url);
    const isRefused = status === undefined ? !isSent : status < 500;
    return isRefused ? this.#refused(problem, error) : this.#lost(problem, error);
  }

  #refused(problem: string, cause?: unknown): NexusError {
    return new NexusError('REMOTE_REFUSED', { plugin: this.#plugin, problem }, cause);
  }

  #lost(problem: string, cause?: unknown): NexusError {
    return new NexusError('REMOTE_LOST', { plugin: this.#plugin, problem }, cause);
  }

  #end(reason: Error): void {
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.closed(reason);
  }
}

function statusOf(error: unknown): number | undefined {
  return error instanceof SdkHttpError ? error.status : undefined;
}
