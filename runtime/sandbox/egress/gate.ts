import { connect, isIP, type Socket } from 'node:net';
import type { EgressDecision } from '../../contract/sandbox.ts';
import { messageOf, NexusError } from '../../base/errors.ts';
import { decide, type Rules, type Verdict } from './decide.ts';
import { canonicalHost } from './hosts.ts';

/** Bounds of one plugin's door; the defaults fit a plugin that talks to a few services. */
export interface EgressLimits {
  /** Requests and tunnels at the same time. */
  readonly connections: number;
  /** A connection on which nothing moves for this long is ended. */
  readonly idleTimeoutMs: number;
  /** The same for a tunnel of which one side has ended. */
  readonly halfOpenTimeoutMs: number;
  /** How long the other side may take to accept a connection. */
  readonly connectTimeoutMs: number;
}

/** Where a granted connection goes: a canonical host and the addresses that were checked. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

/** What the request handlers of one plugin's proxy share. */
export class Gate {
  readonly plugin: string;
  readonly limits: EgressLimits;
  readonly #rules: Rules;
  readonly #onDecision: (decision: EgressDecision) => void;
  readonly #sockets = new Set<Socket>();
  readonly #closing = new AbortController();
  #active = 0;

  constructor(
    plugin: string,
    rules: Omit<Rules, 'closing'>,
    limits: EgressLimits,
    onDecision: (decision: EgressDecision) => void,
  ) {
    this.plugin = plugin;
    this.limits = limits;
    this.#rules = { ...rules, closing: this.#closing.signal };
    this.#onDecision = onDecision;
  }

  /** Takes one of the plugin's connections; the returned function, called once, gives it back. Throws EGRESS_BUSY. */
  enter(): () => void {
    const { plugin, limits } = this;
    if (this.#active >= limits.connections) {
      throw new NexusError('EGRESS_BUSY', { plugin, limit: limits.connections });
    }
    this.#active += 1;
    return () => {
      this.#active -= 1;
    };
  }

  /** Checks a destination as the plugin spelled it. Throws EGRESS_DENIED, EGRESS_UNREACHABLE or EGRESS_INVALID. */
  async admit(spelledHost: string, port: number): Promise<Destination> {
    const { plugin } = this;
    const host = canonicalHost(spelledHost);
    if (host === undefined) {
      const shown = JSON.stringify(spelledHost.slice(0, 100));
      this.report(shown, port, false, 'it is not a host');
      throw new NexusError('EGRESS_INVALID', { plugin, problem: `${shown} is not a host` });
    }
    const verdict = await decide(this.#rules, host, port);
    this.report(host, port, verdict.allowed, verdict.reason);
    if (!verdict.allowed) throw this.#refusal(host, port, verdict);
    return { host, port, addresses: verdict.addresses };
  }

  /** Tells the operator's log about a decision. */
  report(host: string, port: number, allowed: boolean, reason: string): void {
    this.#onDecision({ plugin: this.plugin, host, port, allowed, reason });
  }

  /** Opens a connection to one of the checked addresses, and to nothing else. */
  dial(destination: Destination): Socket {
    const { addresses } = destination;
    const socket = connect({
      host: destination.host,
      port: destination.port,
      // Instead of a lookup: the addresses of the verdict. Happy Eyeballs tries one after the other.
      lookup: (_host, _options, answer) => {
        answer(
          null,
          addresses.map((address) => ({ address, family: isIP(address) })),
        );
      },
      autoSelectFamily: true,
      allowHalfOpen: true,
      keepAlive: true,
      noDelay: true,
    });
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${this.limits.connectTimeoutMs} ms`));
    }, this.limits.connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
    });
    socket.once('close', () => {
      clearTimeout(timer);
    });
    return this.own(socket);
  }

  /** What to tell the plugin when a dialled connection failed. */
  unreachable({ host, port }: Destination, cause: unknown): NexusError {
    // Happy Eyeballs fails with one error per address and no message of its own.
    const errors: readonly unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
    const problem = errors.map((error) => messageOf(error)).join('; ');
    return new NexusError('EGRESS_UNREACHABLE', { plugin: this.plugin, host, port, problem }, cause);
  }

  /** Makes a socket end when it idles, and when the door is closed. */
  own(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setTimeout(this.limits.idleTimeoutMs);
    socket.on('timeout', () => socket.destroy());
    // Whatever else listens: an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    if (this.#closing.signal.aborted) socket.destroy();
    return socket;
  }

  /** Ends everything that is open, and everything that is about to be. */
  close(): void {
    this.#closing.abort(new Error('the egress is closed'));
    for (const socket of this.#sockets) socket.destroy();
  }

  #refusal(host: string, port: number, verdict: Exclude<Verdict, { allowed: true }>): NexusError {
    const shown = { plugin: this.plugin, host, port };
    return verdict.code === 'EGRESS_DENIED'
      ? new NexusError('EGRESS_DENIED', { ...shown, reason: verdict.reason, todo: verdict.todo })
      : new NexusError('EGRESS_UNREACHABLE', { ...shown, problem: verdict.reason });
  }
}
