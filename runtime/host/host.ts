import { messageOf, NexusError } from '../base/errors.ts';
import type { Manifest } from '../contract/manifest.ts';
import type {
  CallOptions,
  JsonObject,
  PluginEvent,
  PluginHost,
  PluginStatus,
  PluginView,
} from '../contract/plugins.ts';
import { PluginRunner } from './runner.ts';
import type { RunnerDeps } from './runner-deps.ts';
import type { Discovered, ManifestChange } from './discover/manifest-folder.ts';
import { idleStatus } from './status.ts';
import { Subscriptions } from './subscriptions.ts';

/** Calls in flight of a removed or replaced plugin may end within this time, in milliseconds. */
const drainMs = 30_000;

export type HostDeps = Omit<RunnerDeps, 'onEvent'>;

/** All plugins of the manifests folder: each entry is a runner, a disabled plugin, or a manifest in error. */
export class Host implements PluginHost, AsyncDisposable {
  readonly #deps: RunnerDeps;
  readonly #entries = new Map<string, Discovered>();
  readonly #runners = new Map<string, PluginRunner>();
  readonly #subscriptions = new Map<string, Subscriptions>();
  readonly #settling = new Set<Promise<void>>();
  readonly #retiring = new Set<Promise<void>>();
  readonly #begun = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(event: PluginEvent) => void>();

  constructor(deps: HostDeps) {
    this.#deps = { ...deps, onEvent: (event) => this.#emit(event) };
  }

  /** Takes over what the manifests folder holds now. Nothing is prepared or started before `begin`. */
  adopt(entries: readonly Discovered[]): void {
    for (const entry of entries) this.#put(entry);
  }

  /** Lets the plugins prepare themselves; `listed` waits for them even if it is asked earlier. */
  begin(): void {
    this.#begun.resolve();
  }

  /** Follows a change of the manifests folder. */
  follow(changes: readonly ManifestChange[]): void {
    for (const change of changes) {
      if (change.kind === 'removed') this.#remove(change.name);
      else this.#put(change.entry);
    }
  }

  views(): readonly PluginView[] {
    return [...this.#runners.values()].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
  }

  view(plugin: string): PluginView | undefined {
    return this.#runners.get(plugin);
  }

  statuses(): readonly PluginStatus[] {
    return [...this.#entries.keys()].sort().flatMap((name) => this.status(name) ?? []);
  }

  status(plugin: string): PluginStatus | undefined {
    const entry = this.#entries.get(plugin);
    if (entry === undefined) return undefined;
    return this.#runners.get(plugin)?.status() ?? idleStatus(entry);
  }

  stderr(plugin: string): readonly string[] {
    return this.#runners.get(plugin)?.stderr() ?? [];
  }

  async listed(timeoutMs: number): Promise<void> {
    if (this.#settling.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([Promise.all(this.#settling), late]);
    clearTimeout(timer);
  }

  call(plugin: string, method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    const runner = this.#runners.get(plugin);
    return runner === undefined ? Promise.reject(this.#absent(plugin)) : runner.call(method, params, options);
  }

  async subscribe(plugin: string, uri: string): Promise<() => Promise<void>> {
    return await this.#runner(plugin).subscribe(uri);
  }

  async restart(plugin: string): Promise<void> {
    await this.#runner(plugin).restart();
  }

  onEvent(listener: (event: PluginEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends every plugin, those that are still draining or preparing too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#begun.resolve();
    for (const name of this.#runners.keys()) this.#retire(name);
    this.#entries.clear();
    await Promise.allSettled([...this.#retiring, ...this.#settling]);
  }

  #put(entry: Discovered): void {
    this.#entries.set(entry.name, entry);
    this.#retire(entry.name);
    if (entry.ok && entry.manifest.enabled) this.#begin(entry.manifest);
    else this.#emit({ kind: 'listing', plugin: entry.name });
    this.#emit({ kind: 'status', plugin: entry.name });
  }

  #begin(manifest: Manifest): void {
    const { name } = manifest;
    const held = this.#subscriptions.get(name) ?? new Subscriptions((text) => this.#deps.onLog(name, text));
    this.#subscriptions.set(name, held);
    const runner = new PluginRunner(manifest, this.#deps, held);
    this.#runners.set(name, runner);
    const settling = this.#begun.promise
      .then(() => runner.settle())
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }

  #remove(name: string): void {
    this.#entries.delete(name);
    this.#subscriptions.delete(name);
    this.#retire(name);
    this.#emit({ kind: 'listing', plugin: name });
    this.#emit({ kind: 'status', plugin: name });
  }

  #retire(name: string): void {
    const runner = this.#runners.get(name);
    if (runner === undefined) return;
    this.#runners.delete(name);
    const retiring = runner
      .retire(AbortSignal.any([this.#closing.signal, AbortSignal.timeout(drainMs)]))
      .catch((error: unknown) => this.#deps.onLog(name, `stopping failed: ${messageOf(error)}`))
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }

  #runner(plugin: string): PluginRunner {
    const runner = this.#runners.get(plugin);
    if (runner === undefined) throw this.#absent(plugin);
    return runner;
  }

  #absent(plugin: string): NexusError {
    const entry = this.#entries.get(plugin);
    if (entry === undefined) {
      return new NexusError('PLUGIN_UNKNOWN', { plugin, todo: 'Run "nexus plugins" for the names' });
    }
    if (!entry.ok) return entry.error;
    const todo = `Run "nexus plugin enable ${plugin}"`;
    return new NexusError('PLUGIN_UNAVAILABLE', {
      plugin,
      state: 'disabled',
      reason: 'its manifest says so',
      todo,
    });
  }

  #emit(event: PluginEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
