import { systemClock } from './base/clock.ts';
import { NexusError } from './base/errors.ts';
import type { NewId } from './base/ids.ts';
import type { Logger } from './base/logger.ts';
import type { ModelService } from './contract/models.ts';
import { operatorScope, type Scope } from './contract/scope.ts';
import type { Settings } from './contract/settings.ts';
import { noThread } from './contract/usage.ts';
import type { Agent } from './kernel-agent.ts';
import type { Work } from './kernel-work.ts';
import type { SchedulerPlugin } from './work/scheduler-tools.ts';
import { Scheduler } from './work/scheduler.ts';
import { ThreadPromptKind } from './work/thread-prompt.ts';

export interface ScheduleParts {
  readonly work: Work;
  readonly agent: Pick<Agent, 'threads' | 'executions' | 'turns'>;
  readonly models: ModelService;
  readonly settings: Settings;
  readonly builtIn: SchedulerPlugin;
  readonly newId: NewId;
  readonly log: Logger;
}

/** Puts schedules together and on the pulse of durable work. */
export function createSchedules({
  work,
  agent,
  models,
  settings,
  builtIn,
  newId,
  log,
}: ScheduleParts): Scheduler {
  const { threads, executions, turns } = agent;
  const send = (scope: Scope, thread: string, text: string, execution: string): Promise<unknown> =>
    turns.send(scope, thread, [{ type: 'text', text }], execution);
  work.add('thread.prompt', new ThreadPromptKind({ threads, executions, send }));
  const scheduler = new Scheduler({
    store: work.store.schedules,
    directives: work.directives,
    emit: (scope, signal) => work.signals.emit(scope, signal),
    interpret: async (scope, words, timeZone) =>
      await interpret({ models, model: modelOf(settings, words), scope }, words, timeZone),
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
