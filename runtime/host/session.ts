import { setTimeout as delay } from 'node:timers/promises';
import { NexusError } from '../base/errors.ts';
import { redactKnown } from '../base/known-secrets.ts';
import type { Manifest } from '../contract/manifest.ts';
import type { PreparedSource } from '../contract/plugin-package.ts';
import type { Era, JsonObject } from '../contract/plugins.ts';
import type { PluginProcess, Sandbox } from '../contract/sandbox.ts';
import type { MessageChannel } from './channel/message-channel.ts';
import { StdioChannel } from './channel/stdio-channel.ts';
import { Connection } from './connection.ts';
import type { PathPlaces } from './discover/placeholders.ts';
import { launchPlugin } from './launch-plugin.ts';
import { readLines } from './stderr-lines.ts';

/** Time a stopped plugin has to end by itself after its input ended, in milliseconds. */
const graceMs = 2_000;
/** Time between a plugin's end of output and its death by the kernel, and between its death and the end of its stderr. */
const lastBreathMs = 500;
const stderrLineBytes = 4_000;
/** A secret that the end of a line would cut in two must still be known for one. */
const lookAheadBytes = 8_192;

export interface SessionListener {
  changed(method: string, params: JsonObject): void;
  stderr(line: string): void;
  closed(reason: Error): void;
}

export interface SessionPlan {
  readonly manifest: Manifest;
  readonly source: PreparedSource;
  readonly isFirstParty: boolean;
  readonly sandbox: Sandbox;
  readonly places: PathPlaces;
  readonly listener: SessionListener;
  /** The plugin's last words, for the error of calls that die with it. */
  readonly lastWords: () => string;
}

/** A running plugin: its process (or remote endpoint) and the conversation with it, ended together. */
export class Session {
  readonly connection: Connection;
  readonly process: PluginProcess | null;
  readonly #plugin: string;
  #stopping = false;

  private constructor(plugin: string, connection: Connection, process: PluginProcess | null) {
    this.#plugin = plugin;
    this.connection = connection;
    this.process = process;
  }

  /** Starts the plugin and shakes hands. Rejects with the reason, and leaves nothing running, when that fails. */
  static async start(plan: SessionPlan, known: Era | null, signal: AbortSignal): Promise<Session> {
    const { source } = plan;
    const process = source.kind === 'process' ? await launchPlugin({ ...plan, source }, signal) : null;
    const channel = process === null ? await remoteChannel(plan) : stdioChannel(plan, process);
    const { listener, manifest } = plan;
    const connection = new Connection(manifest.name, channel, {
      changed: (method, params) => listener.changed(method, params),
      log: (params) => listener.stderr(`[log] ${JSON.stringify(params)}`),
      closed: (reason) => listener.closed(reason),
    });
    const session = new Session(manifest.name, connection, process);
    try {
      await connection.open(known, signal);
    } catch (error) {
      await session.kill();
      throw error;
    }
    return session;
  }

  /** True once the kernel itself ended it: what follows is no crash. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Ask, wait, TERM, wait, KILL. Calls still in flight are rejected: at the end, or at once with `because`. */
  async stop(because?: Error): Promise<void> {
    this.#stopping = true;
    if (because !== undefined) await this.connection.close(because);
    await this.process?.stop(graceMs);
    await this.#close('it was stopped while the call was running');
  }

  async kill(): Promise<void> {
    this.#stopping = true;
    await this.process?.kill();
    await this.#close('it was ended');
  }

  async #close(reason: string): Promise<void> {
    const gone = { plugin: this.#plugin, state: 'stopped', reason, todo: '' };
    await this.connection.close(new NexusError('PLUGIN_UNAVAILABLE', gone));
  }
}

function stdioChannel(plan: SessionPlan, child: PluginProcess): MessageChannel {
  const { manifest, listener, lastWords } = plan;
  const silence = readLines(child.stderr, stderrLineBytes + lookAheadBytes, (line) =>
    listener.stderr(redactKnown(line).slice(0, stderrLineBytes)),
  );
  return new StdioChannel({
    plugin: manifest.name,
    stdin: child.stdin,
    stdout: child.stdout,
    limitBytes: manifest.limits.outputBytes,
    onNoise: (line) => listener.stderr(`[stdout, not JSON-RPC] ${line}`),
    explainEnd: async (reason) => {
      // Whatever the reason, the conversation is over: so is the process. Its exit and stderr say more than a closed pipe.
      const timer = setTimeout(() => void child.kill(), lastBreathMs);
      const exit = await child.exited;
      clearTimeout(timer);
      if (reason instanceof NexusError) return reason;
      // What a process wrote may be read a little later than its end is known.
      await Promise.race([silence, delay(lastBreathMs, undefined, { ref: false })]);
      const how = exit.reason ?? (exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`);
      return new NexusError('PLUGIN_CRASHED', { plugin: manifest.name, how, lastWords: lastWords() }, reason);
    },
  });
}

async function remoteChannel(plan: SessionPlan): Promise<MessageChannel> {
  if (plan.source.kind !== 'remote') throw new Error('a process source has no remote channel');
  // The SDK's client takes 30 ms to load; only remote servers need it.
  const { RemoteChannel } = await import('./channel/remote-channel.ts');
  const { name, limits } = plan.manifest;
  const { url, headers } = plan.source;
  return new RemoteChannel({ plugin: name, url, headers, limitBytes: limits.outputBytes });
}
