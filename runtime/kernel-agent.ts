import { systemClock } from './base/clock.ts';
import type { NewId } from './base/ids.ts';
import type { Logger } from './base/logger.ts';
import type { Work } from './kernel-work.ts';
import { CatalogueTools } from './agent/tools.ts';
import { Context } from './agent/context.ts';
import { agentSettings, fastModel, turnLimits } from './agent/definitions.ts';
import { ThreadEvents } from './agent/events.ts';
import { exportThread, type ExportFormat } from './agent/export.ts';
import { ThreadFeed } from './agent/feed.ts';
import { TurnQueue } from './agent/turn-queue.ts';
import type { Approvals } from './contract/approvals.ts';
import type { ModelService } from './contract/models.ts';
import type { Scope } from './contract/scope.ts';
import type { ExecutionStore, Thread, ThreadStore } from './contract/threads.ts';
import type { Catalogue, ToolEntry, ToolRunner } from './contract/tools.ts';
import type { JsonObject, PluginHost } from './contract/plugins.ts';
import type { Settings } from './contract/settings.ts';
import type { Store } from './store/open.ts';
import { StoredApprovals } from './tools/approvals.ts';

/** The agent: conversations, their turns, and the questions they put to people. */
export interface Agent {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly approvals: Approvals;
  readonly feed: ThreadFeed;
  readonly turns: TurnQueue;
  /** A thread as a file, piece by piece. */
  exported(scope: Scope, thread: Thread, format: ExportFormat): AsyncGenerator<string>;
  /** Takes up the turns that the last kernel left. */
  begin(): void;
}

/** A turn waits so long for plugins that were never listed before, in milliseconds. */
const listedMs = 15_000;

export interface AgentParts {
  readonly host: PluginHost;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
  readonly store: Pick<Store, 'conversations' | 'ledger'>;
  readonly settings: Settings;
  readonly models: ModelService;
  readonly work: Pick<Work, 'directives' | 'reconciler'>;
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Puts the agent together; `turns` is to be disposed of before the plugins end. */
export function createAgent(parts: AgentParts): Agent {
  const { host, catalogue, tools: runner, store, settings, models, work, check, newId, log } = parts;
  const clock = systemClock;
  const conversations = store.conversations(newId);
  const { threads, executions } = conversations;
  const approvals = new StoredApprovals({ records: conversations.approvals, catalogue, check, clock, newId });
  settings.define('kernel.agent', agentSettings);
  const events = new ThreadEvents(newId());
  const feed = new ThreadFeed({ events, threads, executions });
  const listed = (): Promise<void> => host.listed(listedMs);
  const context = new Context({ threads, catalogue, listed });
  const { directives, reconciler } = work;
  const runs = store.ledger;
  const tools = new CatalogueTools({
    catalogue,
    runner,
    runs,
    approvals,
    directives,
    reconciler,
    listed,
    newId,
  });
  const turns = new TurnQueue({
    threads,
    executions,
    approvals,
    models,
    tools,
    context,
    events,
    clock,
    limits: () => turnLimits(settings),
    fastModel: () => fastModel(settings),
    log,
  });
  const begin = (): void => {
    turns.resume().catch((error: unknown) => log.error({ err: error }, 'turns left open were not taken up'));
  };
  const exported: Agent['exported'] = (...asked) => exportThread(threads, ...asked);
  return { threads, executions, approvals, feed, turns, exported, begin };
}
