import { NexusError } from '../base/errors.ts';
import type { ConsentSubject } from '../contract/consent.ts';
import type {
  CallOptions,
  JsonObject,
  PluginEvent,
  PluginHost,
  PluginStatus,
  PluginView,
  PluginVitals,
} from '../contract/plugins.ts';
import type { ProcessUsage } from '../contract/sandbox.ts';
import type { PluginRunner } from './runner.ts';
import type { RunnerDeps } from './runner-deps.ts';
import type { Discovered, ManifestChange } from './discover/manifest-folder.ts';
import { viewOf } from './status.ts';
import { PluginSlot, type SlotDeps } from './slot.ts';

export type HostDeps = Omit<RunnerDeps, 'onEvent'>;

/** How long a call waits for the plugin it names, and for all when it names none, in milliseconds. */
const ownerListedMs = 30_000;
const allListedMs = 3_000;

/** All plugins of the manifests folder: each has a slot, the valid and enabled ones with a version in force. */
export class Host implements PluginHost, AsyncDisposable {
  readonly #deps: SlotDeps;
  readonly #slots = new Map<string, PluginSlot>();
  readonly #ending = new Set<Promise<void>>();
  readonly #begun = Promise.withResolvers<void>();
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(event: PluginEvent) => void>();
  readonly #onReplaced = new Set<(source: unknown) => void>();

  constructor(deps: HostDeps) {
    const onEvent = (event: PluginEvent): void => this.#emit(event);
    const onReplaced = (source: unknown): void => {
      // What a kernel that ends leaves behind is looked at by a later one.
      if (!this.#closing.signal.aborted) for (const listener of this.#onReplaced) listener(source);
    };
    const [begun, closing] = [this.#begun.promise, this.#closing.signal];
    this.#deps = { ...deps, onEvent, onReplaced, begun, closing };
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
    return [...this.#slots.values()]
      .flatMap(({ runner }) => (runner === undefined ? [] : viewOf(runner)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  view(plugin: string): PluginView | undefined {
    const runner = this.#slots.get(plugin)?.runner;
    return runner === undefined ? undefined : viewOf(runner);
  }

  statuses(): readonly PluginStatus[] {
    return [...this.#slots.keys()].sort().flatMap((name) => this.status(name) ?? []);
  }

  status(plugin: string): PluginStatus | undefined {
    return this.#slots.get(plugin)?.status();
  }

  stderr(plugin: string): readonly string[] {
    return this.#slots.get(plugin)?.stderr() ?? [];
  }

  async listed(timeoutMs: number, plugin?: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    const slots = [...this.#slots.values()].filter(({ name }) => plugin === undefined || name === plugin);
    await Promise.race([Promise.all(slots.map((slot) => slot.settled())), late]);
    clearTimeout(timer);
  }

  async listedFor(tool: string): Promise<void> {
    const isOf = ({ name, manifest: { prefix } }: PluginView): boolean =>
      tool.startsWith(`${name}.`) || (prefix !== '' && tool.startsWith(`${prefix}__`));
    const owners = this.views().filter(isOf);
    if (owners.length === 0) return await this.listed(allListedMs);
    await Promise.all(owners.map(({ name }) => this.listed(ownerListedMs, name)));
  }

  call(plugin: string, method: string, params: JsonObject, options: CallOptions): Promise<JsonObject> {
    const runner = this.#slots.get(plugin)?.runner;
    return runner === undefined ? Promise.reject(this.#absent(plugin)) : runner.call(method, params, options);
  }

  async subscribe(plugin: string, uri: string): Promise<() => Promise<void>> {
    return await this.#runner(plugin).subscribe(uri);
  }

  async restart(plugin: string): Promise<void> {
    await this.#runner(plugin).restart();
  }

  vitals(plugin: string): PluginVitals {
    return this.#slot(plugin).vitals();
  }

  async usage(plugin: string): Promise<ProcessUsage | null> {
    return (await this.#slots.get(plugin)?.runner?.session?.process?.usage()) ?? null;
  }

  async probe(plugin: string, signal: AbortSignal): Promise<void> {
    const runner = this.#runner(plugin);
    try {
      await runner.probe(signal);
    } catch (error) {
      const successor = this.#runner(plugin);
      if (successor === runner) throw error;
      await successor.probe(signal);
    }
  }

  async replace(plugin: string, because: string): Promise<void> {
    await this.#runner(plugin).replace(because);
  }

  /** What is held of a plugin, else what is in force. */
  subject(plugin: string): ConsentSubject | undefined {
    return this.#slots.get(plugin)?.subject();
  }

  /** Looks again at plugins of which something else is agreed to by now. */
  reconsider(plugins: readonly string[] | 'all'): void {
    const names = plugins === 'all' ? this.#slots.keys() : plugins;
    for (const name of names) this.#slots.get(name)?.reconsider();
  }

  reload(plugin: string): void {
    this.#slot(plugin).reload();
  }

  onEvent(listener: (event: PluginEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told of the source of each version that was replaced, when it has ended its last call. Returns the end of it. */
  onReplaced(listener: (source: unknown) => void): () => void {
    this.#onReplaced.add(listener);
    return () => this.#onReplaced.delete(listener);
  }

  /** The sources of all versions that may run, by plugin: in force, being tried, or ending their last calls. */
  sources(): readonly { readonly plugin: string; readonly source: unknown }[] {
    return [...this.#slots].flatMap(([plugin, slot]) => slot.sources().map((source) => ({ plugin, source })));
  }

  /** Ends every plugin, those that are still draining or preparing too. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#begun.resolve();
    for (const slot of this.#slots.values()) this.#end(slot);
    this.#slots.clear();
    await Promise.allSettled(this.#ending);
  }

  #put(entry: Discovered): void {
    const slot = this.#slots.get(entry.name) ?? new PluginSlot(entry, this.#deps);
    this.#slots.set(entry.name, slot);
    slot.put(entry);
  }

  #remove(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    this.#end(slot);
    this.#emit({ kind: 'listing', plugin: name });
    this.#emit({ kind: 'status', plugin: name });
  }

  #end(slot: PluginSlot): void {
    const ending = slot[Symbol.asyncDispose]().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #slot(plugin: string): PluginSlot {
    const slot = this.#slots.get(plugin);
    if (slot === undefined) throw this.#absent(plugin);
    return slot;
  }

  #runner(plugin: string): PluginRunner {
    const runner = this.#slots.get(plugin)?.runner;
    if (runner === undefined) throw this.#absent(plugin);
    return runner;
  }

  #absent(plugin: string): NexusError {
    const entry = this.#slots.get(plugin)?.entry;
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
