import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './base/clock.ts';
import { createIds } from './base/ids.ts';
import { openLog, type Logger } from './base/logger.ts';
import { rootDir, type Config } from './config.ts';
import type { Access } from './contract/access.ts';
import type { Changes } from './contract/changes.ts';
import type { Importer } from './contract/import.ts';
import type { CommandRunner } from './contract/commands.ts';
import type { Consent } from './contract/consent.ts';
import type { Manifest } from './contract/manifest.ts';
import type { ModelService } from './contract/models.ts';
import type { Logs } from './contract/logs.ts';
import type { ConsoleApp } from './contract/console.ts';
import type { HealthWatch } from './contract/health-watch.ts';
import type { PluginHost } from './contract/plugins.ts';
import type { RunLedger } from './contract/runs.ts';
import type { Sandbox } from './contract/sandbox.ts';
import type { Catalogue, ToolRunner } from './contract/tools.ts';
import { discover, isFirstParty, pluginDataDirOf, Preparer, type Discovery } from './host/discover/index.ts';
import { HealthMonitor } from './host/health/health-monitor.ts';
import { Host } from './host/host.ts';
import { severityOf } from './host/line-severity.ts';
import { pluginSettings, sealedSettings } from './host/plugin-settings.ts';
import { createImporter } from './kernel-imports.ts';
import { openAnnounced } from './kernel-changes.ts';
import { openDoor } from './kernel-door.ts';
import { openConsent, watchLock } from './kernel-consent.ts';
import { lazyModels } from './kernel-models.ts';
import {
  declarePluginSettings,
  followSettings,
  openSettings,
  reportUnreadable,
  takeOverEnvFile,
} from './kernel-settings.ts';
import { createApprovals, type ApprovalParts, type Asking } from './kernel-approvals.ts';
import { createAgent, type Agent, type AgentParts } from './kernel-agent.ts';
import { createSchedules, type ScheduleParts } from './kernel-schedules.ts';
import { createWork, type Work } from './kernel-work.ts';
import { sandboxOptionsOf } from './sandbox-options.ts';
import type { LiveSettings } from './settings/live-settings.ts';
import type { Store } from './store/open.ts';
import { withBuiltIns, type ToolHost } from './tools/built-in.ts';
import { LiveCatalogue } from './tools/catalogue.ts';
import { SlashCommands } from './tools/commands.ts';
import { createArgumentCheck } from './tools/check-arguments.ts';
import { Invoker } from './tools/invoke.ts';
import type { Scheduler } from './work/scheduler.ts';
import { SchedulerPlugin } from './work/scheduler-tools.ts';

/** A running kernel without its edges. Dispose it to stop every plugin and close the databases. */
export interface Kernel extends AsyncDisposable {
  readonly config: Config;
  readonly host: PluginHost;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
  readonly commands: CommandRunner;
  readonly health: HealthWatch;
  readonly runs: RunLedger;
  readonly settings: LiveSettings;
  readonly models: ModelService;
  readonly imports: Importer;
  readonly consent: Consent;
  readonly agent: Agent;
  readonly work: Work;
  readonly schedules: Scheduler;
  readonly access: Access;
  readonly console: ConsoleApp;
  readonly changes: Changes;
  readonly log: Logger;
  readonly logs: Logs;
  /** Bearer token of the operator. */
  readonly token: string;
  /** Signs what clients carry between the rounds of a call. */
  readonly stateKey: Uint8Array;
  readonly newId: () => string;
  /** Settles when the machine has been probed. */
  sandbox(): Promise<Sandbox>;
  /** Makes every plugin known: prepares sources, reads cached lists. Called once the edges answer. */
  begin(): void;
  /** Ends every plugin; calls in flight fail and are recorded. Part of disposal, for edges that must still tell their clients. */
  stopPlugins(): Promise<void>;
  /** Follows the manifests folder from now on; settles when no change can be missed any more. */
  watch(): Promise<void>;
}

/** What is due waits so long for plugins that were never listed before, in milliseconds. */
const listedMs = 15_000;

/** Opens the store, reads the manifests and makes every plugin known. Nothing is started that need not be. */
export async function startKernel(config: Config): Promise<Kernel> {
  await using stack = new AsyncDisposableStack();
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  for (const dir of [config.workspaceDir, config.pluginsDir]) mkdirSync(dir, { recursive: true });
  const { store, changes } = await openAnnounced(config, stack);
  const opened = stack.use(openLog(join(config.dataDir, 'logs', 'redacted.log')));
  const { log } = opened;
  reportStore(store, log);
  const settings = await openSettings(config, store, log, stack);

  const newId = createIds(systemClock, store.aboveAllRuns);
  const models = lazyModels({ settings, newId, usage: store.usage, changes, log: opened.part('models') });
  const sandbox = lazySandbox(config, stack);
  const preparer = new Preparer({ ...config, environment: process.env });
  const consent = openConsent(config, store, settings, opened.part('consent'), () => host);
  const host = stack.use(createHost(config, { store, settings, consent, preparer, sandbox, log }));
  consent.onChange((plugins) => host.reconsider(plugins));
  const catalogue = new LiveCatalogue(host);
  const builtIn = new SchedulerPlugin();
  const offering = withBuiltIns(host, [builtIn]);
  const all = new LiveCatalogue(offering);
  const check = createArgumentCheck();
  const parts = { host, models, builtIn, store, settings, catalogue: all, check, newId, log };
  const { asking, tools } = createTools(stack, offering, parts);
  const onProblem = (plugin: string, text: string): void => log.error({ plugin }, text);
  const health = stack.use(new HealthMonitor({ host, catalogue, tools, clock: systemClock, onProblem }));
  const discovery = stack.use(await adoptManifests(config, settings, host, log));
  const acting = createActors(stack, { ...parts, config, sandbox, tools, asking });
  const door = openDoor(config, { store, settings, host, changes, newId, log: opened, stack });
  const owned = stack.move();
  return {
    config,
    host,
    catalogue,
    tools,
    commands: new SlashCommands(catalogue, tools),
    health,
    runs: store.ledger,
    settings,
    imports: createImporter({ ...parts, config, consent, discovery, stores: preparer.stores }, owned),
    consent,
    models,
    ...acting,
    log,
    changes,
    ...door,
    newId,
    sandbox,
    begin: () => {
      host.begin();
      void acting.work.begin().then(() => acting.agent.begin());
    },
    stopPlugins: () => host[Symbol.asyncDispose](),
    watch: async () => {
      const lock = owned.use(watchLock(config, consent, log));
      await Promise.all([discovery.watch(), lock.ready]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What runs tools, and what asks people before it. */
function createTools(
  stack: AsyncDisposableStack,
  host: ToolHost,
  parts: Omit<ApprovalParts, 'clock' | 'store'> & { readonly store: Store },
): { readonly asking: Asking; readonly tools: Invoker } {
  const asking = stack.use(createApprovals({ ...parts, clock: systemClock }));
  const { ledger } = parts.store;
  return { asking, tools: new Invoker({ ...parts, host, ledger, permits: asking.permits }) };
}

/** What acts by itself: durable work, the agent, and schedules. */
function createActors(
  stack: AsyncDisposableStack,
  parts: Omit<AgentParts, 'work' | 'store'> &
    Pick<ScheduleParts, 'builtIn' | 'check'> & { readonly store: Store },
): Pick<Kernel, 'work' | 'agent' | 'schedules'> {
  const work = stack.use(createWork({ ...parts, listed: () => parts.host.listed(listedMs) }));
  const agent = stack.use(createAgent({ ...parts, work }));
  return { work, agent, schedules: createSchedules({ ...parts, work, agent }) };
}

/** What a machine can enforce. */
export type Enforceable = Pick<Sandbox, 'tier' | 'mechanism' | 'probes'>;

/** Finds out what this machine can enforce, without a kernel and without touching its data directory. */
export async function probeMachine(config: Config): Promise<Enforceable> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nexus-probe-'));
  try {
    const { createSandbox } = await import('./sandbox/index.ts');
    await using sandbox = await createSandbox(sandboxOptionsOf({ ...config, dataDir }));
    const { tier, mechanism, probes } = sandbox;
    return { tier, mechanism, probes };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Loads and probes the sandbox when it is first needed, which is after the kernel answers. */
function lazySandbox(config: Config, stack: AsyncDisposableStack): () => Promise<Sandbox> {
  let creating: Promise<Sandbox> | undefined;
  stack.defer(async () => {
    await (await creating)?.[Symbol.asyncDispose]();
  });
  return () => {
    creating ??= import('./sandbox/index.ts').then(({ createSandbox }) =>
      createSandbox(sandboxOptionsOf(config)),
    );
    return creating;
  };
}

interface HostParts {
  readonly store: Store;
  readonly settings: LiveSettings;
  readonly consent: Consent;
  readonly preparer: Preparer;
  readonly sandbox: () => Promise<Sandbox>;
  readonly log: Logger;
}

function createHost(config: Config, { store, settings, consent, preparer, sandbox, log }: HostParts): Host {
  const { manifestsDir, pluginsDir, dataDir, workspaceDir } = config;
  const valuesOf = (manifest: Manifest) =>
    pluginSettings(
      manifest,
      (key) => (settings.isDeclared(key) ? settings.value(key) : undefined),
      workspaceDir,
    );
  return new Host({
    sandbox,
    clock: systemClock,
    cache: store.toolLists,
    consent,
    isFirstParty: (manifest) => isFirstParty(manifest, { manifestsDir, pluginsDir }, rootDir),
    places: (manifest) => ({
      manifestsDir,
      workspaceDir,
      pluginDataDir: pluginDataDirOf(dataDir, manifest.name),
      settings: valuesOf(manifest),
    }),
    prepare: async (manifest, signal, onProgress) =>
      preparer.prepare(manifest, {
        signal,
        settings: valuesOf(manifest),
        sealed: sealedSettings(manifest, (key) => settings.view(key)),
        isFollowed: (source) => consent.isFollowed(manifest, source),
        onProgress: ({ text }) => onProgress(text),
      }),
    codeOf: (manifest) => preparer.codeOf(manifest),
    onLog: (plugin, line) => log[severityOf(line)]({ plugin }, line),
  });
}

/** Reads the manifests and makes their plugins and settings known. */
async function adoptManifests(
  config: Config,
  settings: LiveSettings,
  host: Host,
  log: Logger,
): Promise<Discovery> {
  const discovery = await startDiscovery(config, settings, host, log);
  const entries = discovery.entries();
  declarePluginSettings(
    settings,
    entries.map((entry) => ({ kind: 'added', name: entry.name, entry })),
  );
  reportUnreadable(settings, log);
  await takeOverEnvFile(config, settings, log);
  host.adopt(entries);
  followSettings(settings, host);
  return discovery;
}

async function startDiscovery(
  config: Config,
  settings: LiveSettings,
  host: Host,
  log: Logger,
): Promise<Discovery> {
  return await discover({
    manifestsDir: config.manifestsDir,
    onChange: (changes) => {
      declarePluginSettings(settings, changes);
      host.follow(changes);
    },
    onError: (error) => log.error({ err: error }, 'watching the manifests failed'),
  });
}

function reportStore(store: Store, log: Logger): void {
  for (const damage of store.damages) {
    log.error(damage.message);
    process.stderr.write(`${damage.message}\n`);
  }
  for (const notice of store.notices) log.warn(notice);
  log.info(store.recovered, 'runs left open by the last kernel');
}
