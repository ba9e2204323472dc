import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallOptions, CallOutcome, Conversation } from './conversation.ts';
import { isObject, type JsonObject } from './json.ts';
import { readPackage, type PackageFiles } from './package-files.ts';
import { startPlugin, type Isolation, type TestFolders } from './start-plugin.ts';

export interface OpenOptions {
  readonly settings?: JsonObject;
  /** Its manifest, with the permissions: `manifests/NAME.json` beside `plugins/` when absent, else what plugin.json asks for. */
  readonly manifest?: string;
  /** Which generation of MCP it is spoken to in; the newest it knows when absent. */
  readonly era?: 'modern' | 'legacy';
}

/** Whether something was let through, and what the system said when it was not. */
export interface Attempt {
  readonly allowed: boolean;
  readonly reason: string;
}

/** Attempts of code that has the plugin's permissions and no others. */
export interface Attempts {
  readonly read: (path: string) => Promise<Attempt>;
  readonly write: (path: string) => Promise<Attempt>;
  /** The address as "host:port". */
  readonly connect: (address: string) => Promise<Attempt>;
  readonly exec: (program: string) => Promise<Attempt>;
}

/** A plugin that runs for a test: without a kernel, in the sandbox and with the permissions it has in one. */
export interface OpenPlugin extends AsyncDisposable {
  readonly isolation: Isolation;
  /** Why there is no sandbox around it, false when there is one: the `skip` of tests of what a sandbox refuses. */
  readonly unsandboxed: false | string;
  /** Its tools, as it listed them. */
  readonly tools: readonly JsonObject[];
  /** The folder that `${workspace}` stands for. */
  readonly workspace: string;
  /** Its own folder. */
  readonly dataFolder: string;
  /** What it wrote to its log so far. */
  readonly log: readonly string[];
  readonly attempt: Attempts;
  call(tool: string, args?: JsonObject, options?: CallOptions): Promise<CallOutcome>;
  /** Waits for a line of its log with this text, and answers that line. */
  logged(text: string): Promise<string>;
  /** Starts it anew with these settings, as Nexus does when somebody changes them. Its data stay. */
  set(settings: JsonObject): Promise<void>;
}

const probeFolder = fileURLToPath(new URL('../../probe/', import.meta.url));

/** Starts the plugin in `folder`, where its plugin.json is. It ends with the scope of the test: `await using`. */
export async function openPlugin(folder: string | URL, options: OpenOptions = {}): Promise<OpenPlugin> {
  const path = realpathSync(typeof folder === 'string' ? folder : fileURLToPath(folder));
  const test = new PluginTest(readPackage(path, options.manifest), options.era);
  try {
    await test.set(options.settings ?? {});
    return test;
  } catch (error) {
    await test[Symbol.asyncDispose]();
    throw error;
  }
}

class PluginTest implements OpenPlugin {
  readonly workspace: string;
  readonly dataFolder: string;
  readonly attempt: Attempts;
  isolation: Isolation = { tier: 'none', mechanism: 'none', unsandboxed: 'it does not run yet' };
  tools: readonly JsonObject[] = [];
  readonly #files: PackageFiles;
  readonly #era: OpenOptions['era'];
  readonly #root: string;
  readonly #folders: TestFolders;
  #plugin: Conversation | undefined;
  #probe: Promise<Conversation> | undefined;

  constructor(files: PackageFiles, era: OpenOptions['era']) {
    this.#files = files;
    this.#era = era;
    this.#root = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-plugin-test-')));
    this.#folders = this.#makeFolders('manifests', 'workspace', 'data');
    this.workspace = this.#folders.workspace;
    this.dataFolder = join(this.#folders.data, 'plugins', files.name);
    const attempt = (kind: string) => async (target: string) => await this.#attempt(kind, target);
    this.attempt = {
      read: attempt('read'),
      write: attempt('write'),
      connect: attempt('connect'),
      exec: attempt('exec'),
    };
  }

  get unsandboxed(): false | string {
    return this.isolation.unsandboxed;
  }

  get log(): readonly string[] {
    return this.#plugin?.log ?? [];
  }

  async call(tool: string, args: JsonObject = {}, options: CallOptions = {}): Promise<CallOutcome> {
    return await this.#running().call(tool, args, options);
  }

  async logged(text: string): Promise<string> {
    return await this.#running().logged(text);
  }

  async set(settings: JsonObject): Promise<void> {
    await this.#plugin?.close();
    const { conversation, isolation } = await startPlugin(this.#files, this.#folders, settings);
    this.#plugin = conversation;
    this.isolation = isolation;
    checkSettings(this.#files, await conversation.open(this.#era));
    this.tools = await conversation.tools();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const probe = await this.#probe?.catch(() => undefined);
    await Promise.all([this.#plugin?.close(), probe?.close()]);
    rmSync(this.#root, { recursive: true, force: true });
  }

  #running(): Conversation {
    if (this.#plugin === undefined) throw new Error('The plugin does not run');
    return this.#plugin;
  }

  async #attempt(kind: string, target: string): Promise<Attempt> {
    if (this.unsandboxed !== false) throw new Error(`Nothing is refused here: ${this.unsandboxed}`);
    this.#probe ??= this.#startProbe();
    const { structured } = await (await this.#probe).call('attempt', { kind, target }, {});
    return { allowed: structured?.['allowed'] === true, reason: String(structured?.['reason']) };
  }

  /** Another program in the plugin's place: same name, same folders, same permissions. */
  async #startProbe(): Promise<Conversation> {
    const folders = { ...this.#folders, ...this.#makeFolders('probe') };
    const files = { ...this.#files, folder: probeFolder };
    const { conversation } = await startPlugin(files, { ...folders, manifests: folders.probe }, {});
    await conversation.open('legacy');
    return conversation;
  }

  #makeFolders<Name extends string>(...names: readonly Name[]): Record<Name, string>;
  #makeFolders(...names: readonly string[]): Record<string, string> {
    const made = names.map((name) => [name, join(this.#root, name)] as const);
    for (const [, dir] of made) mkdirSync(dir);
    return Object.fromEntries(made);
  }
}

/** Nexus asks people for what the manifest declares; what only the plugin declares would never be set. */
function checkSettings({ name, manifest }: PackageFiles, { capabilities }: JsonObject): void {
  if (manifest === undefined || !isObject(capabilities) || !isObject(capabilities['experimental'])) return;
  const read = capabilities['experimental']['dev.nexus/settings'];
  const declared = isObject(manifest['settings']) ? manifest['settings'] : {};
  const missing = isObject(read) ? Object.entries(read).filter(([key]) => !Object.hasOwn(declared, key)) : [];
  if (missing.length === 0) return;
  const lines = JSON.stringify(Object.fromEntries(missing), null, 2);
  throw new Error(`The manifest of "${name}" does not declare these settings of the plugin: ${lines}`);
}
