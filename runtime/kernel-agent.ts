import { systemClock } from './base/clock.ts';
import type { NewId } from './base/ids.ts';
import type { Work } from './kernel-work.ts';
import { OwnTools } from './agent/own-tools.ts';
import { CatalogueTools } from './agent/tools.ts';
import { Context } from './agent/context.ts';
import { agentSettings, fastModel, turnLimits } from './agent/definitions.ts';
import { ThreadEvents } from './agent/events.ts';
import { exportThread, type ExportFormat } from './agent/export.ts';
import { ThreadFeed } from './agent/feed.ts';
import { TurnQueue } from './agent/turn-queue.ts';
import { verdictNotices } from './agent/verdict-notices.ts';
import type { Approvals } from './contract/approvals.ts';
import type { Leases } from './contract/leases.ts';
import type { ModelService } from './contract/models.ts';
import type { Scope } from './contract/scope.ts';
import type { ExecutionStore, Thread, ThreadStore } from './contract/threads.ts';
import type { Asking } from './kernel-approvals.ts';
import type { PluginHost } from './contract/plugins.ts';
import { createPersona, type Persona, type PersonaParts } from './kernel-persona.ts';
import type { Store } from './store/open.ts';

/** The agent: conversations, their turns, and the questions they put to people. */
export interface Agent extends AsyncDisposable {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly approvals: Approvals;
  readonly leases: Leases;
  readonly feed: ThreadFeed;
  readonly turns: TurnQueue;
  readonly persona: Persona;
  /** A thread as a file, piece by piece. */
  exported(scope: Scope, thread: Thread, format: ExportFormat): AsyncGenerator<string>;
  /** Takes up the turns that the last kernel left. */
  begin(): void;
}

/** A turn waits so long for plugins that were never listed before, in milliseconds. */
const listedMs = 15_000;

export interface AgentParts extends PersonaParts {
  readonly host: PluginHost;
  readonly store: Pick<Store, 'conversations' | 'ledger'>;
  readonly models: ModelService;
  readonly work: Pick<Work, 'directives' | 'reconciler' | 'signals' | 'store'>;
  readonly asking: Asking;
  readonly newId: NewId;
}

/** Puts the agent together; to be disposed of before the plugins end. */
export function createAgent(parts: AgentParts): Agent {
  const { host, catalogue, tools: runner, store, settings, models, work, asking, newId, log } = parts;
  const { approvals, leases } = asking;
  const clock = systemClock;
  const conversations = store.conversations(newId);
  const { threads, executions } = conversations;
  settings.define('kernel.agent', agentSettings);
  const events = new ThreadEvents(newId());
  const feed = new ThreadFeed({ events, threads, executions });
  const listed = (): Promise<void> => host.listed(listedMs);
  const persona = createPersona({ ...parts, conversations, listed, clock, turns: () => turns });
  const { assistants, briefings, subAgents, journal, ownTools: own } = persona;
  const context = new Context({ threads, briefings, listed });
  const { directives, reconciler } = work;
  const runs = store.ledger;
  const plugins = new CatalogueTools({
    catalogue,
    runner,
    runs,
    approvals,
    directives,
    reconciler,
    listed,
    hasUntrusted: (scope, execution) => briefings.hasUntrusted(scope, execution),
    newId,
  });
  const tools = new OwnTools({ plugins, own, assistants, executions });
  const turns = new TurnQueue({
    threads,
    executions,
    approvals,
    models,
    tools,
    context,
    events,
    clock,
    limits: (thread) => turnLimits(settings, thread),
    fastModel: () => fastModel(settings),
    log,
    onEnd: () => subAgents.look(),
  });
  const begin = (): void => {
    turns.resume().catch((error: unknown) => log.error({ err: error }, 'turns left open were not taken up'));
    const { directives: intents, verdicts } = work.store;
    const notices = verdictNotices({ directives: intents, verdicts, threads, executions, turns });
    work.signals
      .subscribe(notices)
      .catch((error: unknown) => log.error({ err: error }, 'late verdicts are not told'));
    asking.begin();
    subAgents.look();
    journal.begin(listed());
  };
  const close = async (): Promise<void> => {
    for (const owned of [journal, turns, subAgents]) await owned[Symbol.asyncDispose]();
  };
  const exported: Agent['exported'] = (...asked) => exportThread(threads, ...asked);
  const agent = { threads, executions, approvals, leases, feed, turns, persona, exported, begin };
  return { ...agent, [Symbol.asyncDispose]: close };
}
