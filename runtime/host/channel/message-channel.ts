import type { JsonObject } from '../../contract/plugins.ts';

export interface ChannelListener {
  message(message: JsonObject): void;
  /** One request, by the id it was sent with, gets no answer; the others go on. */
  failed(id: unknown, reason: Error): void;
  /** Called once; nothing follows. */
  closed(reason: Error): void;
}

/** Two-way stream of JSON-RPC messages to one plugin, in order. */
export interface MessageChannel {
  /** Starts delivery; called once, before the first `send`. */
  open(listener: ChannelListener): Promise<void>;
  /** Throws when the plugin does not take its input any more. */
  send(message: JsonObject): void;
  /** Stops delivery; the process behind it is its owner's. Twice is harmless. */
  close(): Promise<void>;
}
