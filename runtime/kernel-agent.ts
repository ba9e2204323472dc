import { systemClock } from './base/clock.ts';
import { NexusError } from './base/errors.ts';
import type { NewId } from './base/ids.ts';
import type { Logger } from './base/logger.ts';
import { CatalogueTools } from './agent/tools.ts';
import { Context } from './agent/context.ts';
import { ThreadEvents } from './agent/events.ts';
import { TurnQueue } from './agent/turn-queue.ts';
import type { Approvals } from './contract/approvals.ts';
import type { Models } from './contract/models.ts';
import type { ExecutionStore, ThreadStore } from './contract/threads.ts';
import type { Catalogue, ToolEntry, ToolRunner } from './contract/tools.ts';
import type { JsonObject, PluginHost } from './contract/plugins.ts';
import type { Settings } from './contract/settings.ts';
import type { Store } from './store/open.ts';
import { StoredApprovals } from './tools/approvals.ts';

/** What a turn may use up. */
const limits = { modelCalls: 50, outputTokens: 200_000, sameCalls: 4 };

/** The agent: conversations, their turns, and the questions they put to people. */
export interface Agent {
  readonly threads: ThreadStore;
  readonly executions: ExecutionStore;
  readonly approvals: Approvals;
  readonly events: ThreadEvents;
  readonly turns: TurnQueue;
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
  readonly models: Models;
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Puts the agent together; `turns` is to be disposed of before the plugins end. */
export function createAgent(parts: AgentParts): Agent {
  const { host, catalogue, tools: runner, store, settings, models, check, newId, log } = parts;
  const clock = systemClock;
  const conversations = store.conversations(newId);
  const { threads, executions } = conversations;
  const approvals = new StoredApprovals({ records: conversations.approvals, catalogue, check, clock, newId });
  const events = new ThreadEvents();
  const listed = (): Promise<void> => host.listed(listedMs);
  const context = new Context({ threads, catalogue, listed, defaultModel: () => defaultModel(settings) });
  const tools = new CatalogueTools({ catalogue, runner, runs: store.ledger, approvals, newId });
  const turns = new TurnQueue({
    threads,
    executions,
    approvals,
    models,
    tools,
    context,
    events,
    clock,
    limits,
    log,
  });
  const begin = (): void => {
    turns.resume().catch((error: unknown) => log.error({ err: error }, 'turns left open were not taken up'));
  };
  return { threads, executions, approvals, events, turns, begin };
}

function defaultModel(settings: Settings): string {
  const model = settings.value('models.default');
  if (typeof model === 'string' && model !== '') return model;
  throw new NexusError('MODEL_NOT_CONFIGURED', {
    problem: 'no model is chosen',
    todo: 'Run "nexus settings set models.anthropic.apiKey" and "nexus settings set models.default anthropic/…", or see "nexus settings" for other providers',
  });
}
