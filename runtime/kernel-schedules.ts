import { systemClock } from './base/clock.ts';
import { NexusError, type ErrorCode } from './base/errors.ts';
import type { NewId } from './base/ids.ts';
import { holdsSecret } from './base/known-secrets-within.ts';
import { redactKnown } from './base/known-secrets.ts';
import type { Logger } from './base/logger.ts';
import type { ModelService } from './contract/models.ts';
import type { JsonObject, PluginHost } from './contract/plugins.ts';
import type { Schedule } from './contract/schedules.ts';
import { operatorScope, type Scope } from './contract/scope.ts';
import type { Settings } from './contract/settings.ts';
import type { Catalogue, ToolEntry } from './contract/tools.ts';
import { noThread } from './contract/usage.ts';
import type { Agent } from './kernel-agent.ts';
import type { Work } from './kernel-work.ts';
import type { SchedulerPlugin } from './work/scheduler-tools.ts';
import { Scheduler } from './work/scheduler.ts';
import { ThreadPromptKind } from './work/thread-prompt.ts';

export interface ScheduleParts {
  readonly work: Work;
  readonly agent: Pick<Agent, 'threads' | 'executions' | 'turns' | 'persona'>;
  readonly catalogue: Pick<Catalogue, 'tool'>;
  /** Throws ARGUMENTS_INVALID. */
  readonly check: (entry: ToolEntry, args: JsonObject) => void;
  readonly host: Pick<PluginHost, 'listed'>;
  readonly models: ModelService;
  readonly settings: Settings;
  readonly builtIn: SchedulerPlugin;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Puts schedules together and on the pulse of durable work. */
export function createSchedules(parts: ScheduleParts): Scheduler {
  const { work, agent, models, settings, builtIn, newId, log } = parts;
  const { threads, executions, turns } = agent;
  const send = (scope: Scope, thread: string, text: string, execution: string): Promise<unknown> =>
    turns.send(scope, thread, [{ type: 'text', text }], execution);
  work.add('thread.prompt', new ThreadPromptKind({ threads, executions, send }));
  const scheduler = new Scheduler({
    store: work.store.schedules,
    directives: work.directives,
    emit: (scope, signal) => work.signals.emit(scope, signal),
    interpret: async (scope, words, timeZone) =>
      await interpret({ models, model: modelOf(settings, words), scope }, redactKnown(words), timeZone),
    problemOf: async (scope, action) => await problemOf(parts, scope, action),
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    clock: systemClock,
    newId,
    log,
  });
  builtIn.serve(
    scheduler,
    async (caller) => (await executions.get(operatorScope('agent'), caller))?.thread ?? null,
  );
  work.onPulse(() => scheduler.tick());
  return scheduler;
}

const patienceMs = 60_000;
/** Plugins that were never listed before are waited for so long. */
const listedMs = 15_000;

/** Why an action cannot be done as things are. */
async function problemOf(
  { catalogue, check, host, agent }: ScheduleParts,
  scope: Scope,
  action: Schedule['action'],
): Promise<string | null> {
  try {
    if (action.kind === 'tool') {
      if (catalogue.tool(action.tool) === undefined) await host.listed(listedMs);
      const entry = catalogue.tool(action.tool);
      if (entry === undefined) return `there is no tool "${action.tool}"`;
      check(entry, action.args);
      return holdsSecret(action.args) ? secretToKeep : null;
    }
    await agent.persona.assistants.get(scope, action.assistant);
    const thread = action.thread === null ? null : await agent.threads.get(scope, action.thread);
    if (action.thread !== null && thread === null) return `there is no thread "${action.thread}"`;
    return (thread?.deletedAt ?? null) === null ? null : `the thread "${thread?.id ?? ''}" is in the trash`;
  } catch (error) {
    if (error instanceof NexusError && foreseen.has(error.code)) return error.message.replace(/\.$/, '');
    throw error;
  }
}

const secretToKeep =
  'its arguments hold the value of a secret setting, which would be kept in clear; a plugin takes secrets from its own settings';
const foreseen: ReadonlySet<ErrorCode> = new Set(['ARGUMENTS_INVALID', 'ASSISTANT_UNKNOWN']);

/** Asks a model what words such as "every Monday at 9" are as cron. What it says is only proposed: a person reads it in words. */
async function interpret(
  { models, model, scope }: { readonly models: ModelService; readonly model: string; readonly scope: Scope },
  words: string,
  timeZone: string,
): Promise<string> {
  const now = new Date(systemClock.now()).toLocaleString('sv-SE', { timeZone });
  const system = `You turn words into a timing. Answer with one line and nothing else: five cron fields (minute, hour, day of month, month, day of week) for what recurs, or a local time written YYYY-MM-DDTHH:MM for what happens once. When the words do not say when, answer NONE. It is ${now} in ${timeZone} now.`;
  const request = {
    model,
    system: [system],
    messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: words }] }],
    tools: [],
    maxOutputTokens: 200,
  };
  let said = '';
  const context = { ...noThread, scope };
  const late = AbortSignal.timeout(patienceMs);
  try {
    for await (const event of models.call(context, request, [], late))
      if (event.type === 'text') said += event.delta;
  } catch (error) {
    if (!late.aborted) throw error;
    throw new NexusError('MODEL_TIMEOUT', { model, timeoutMs: patienceMs }, error);
  }
  const line = said.trim().replaceAll('`', '');
  if (line === '' || line === 'NONE')
    throw new NexusError('SCHEDULE_INVALID', { when: words, problem: 'it does not say when' });
  return line;
}

/** The model that turns words into a timing. */
function modelOf(settings: Settings, words: string): string {
  const model = settings.value('models.default');
  if (typeof model === 'string' && model !== '') return model;
  throw new NexusError('SCHEDULE_INVALID', {
    when: words,
    problem: 'no model is set up that could read words ("nexus settings set models.default …")',
  });
}
