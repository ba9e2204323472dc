import { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import { manifestSchema } from '../contract/manifest.ts';
import type { BuiltIn, CallOptions, JsonObject, PluginView } from '../contract/plugins.ts';
import { newScheduleSchema, type ScheduleView } from '../contract/schedules.ts';
import { operatorScope } from '../contract/scope.ts';
import type { Scheduler } from './scheduler.ts';

const name = 'scheduler';
const scope = operatorScope('agent');

const proposeSchema = z.object({
  title: newScheduleSchema.shape.title.describe('What it is for, in a few words'),
  when: newScheduleSchema.shape.when.describe(
    'Five cron fields (minute, hour, day of month, month, day of week), or a local time YYYY-MM-DDTHH:MM for once',
  ),
  timeZone: newScheduleSchema.shape.timeZone.describe("IANA name; the person's own when absent"),
  prompt: z.string().max(20_000).optional().describe('Said to you at that time, in this conversation'),
  tool: z.string().optional().describe('In place of a prompt: the tool to call'),
  arguments: z.record(z.string(), z.unknown()).optional().describe('Of that tool'),
});

/** What the kernel offers the agent of schedules. A proposal fires only after a person has armed it. */
const schedulerView: PluginView = {
  name,
  manifest: {
    ...manifestSchema.parse({
      source: { command: 'built-in' },
      tools: { propose: { effect: 'reversible' }, list: { effect: 'read' } },
    }),
    name,
    prefix: name,
  },
  listing: {
    era: 'modern',
    serverInfo: { name, version: '1' },
    capabilities: { tools: {} },
    instructions: null,
    tools: [
      {
        name: 'propose',
        description:
          'Proposes a reminder or a repeated task. It does not fire before a person has armed it: tell them what it says in words and how to arm it.',
        inputSchema: z.toJSONSchema(proposeSchema),
      },
      { name: 'list', description: 'Lists the schedules there are', inputSchema: { type: 'object' } },
    ],
    prompts: [],
    resources: [],
    resourceTemplates: [],
  },
  held: new Map(),
};

/** Answers calls of these tools once it is told of a scheduler. */
export class SchedulerPlugin implements BuiltIn {
  readonly view = schedulerView;
  #answer: ((tool: string, args: JsonObject, caller: string) => Promise<JsonObject>) | undefined;

  /** `threadOf` says in which thread a turn is, by its id. */
  serve(scheduler: Scheduler, threadOf: (caller: string) => Promise<string | null>): void {
    this.#answer = (tool, args, caller) => answer(scheduler, threadOf, { tool, args, caller });
  }

  async call(tool: string, args: JsonObject, { channel }: CallOptions): Promise<JsonObject> {
    try {
      return (await this.#answer?.(tool, args, channel.caller)) ?? problemOf('It is not ready yet.');
    } catch (error) {
      if (error instanceof NexusError) return problemOf(error.message);
      throw error;
    }
  }
}

async function answer(
  scheduler: Scheduler,
  threadOf: (caller: string) => Promise<string | null>,
  { tool, args, caller }: { readonly tool: string; readonly args: JsonObject; readonly caller: string },
): Promise<JsonObject> {
  if (tool === 'list') {
    const lines = (await scheduler.list(scope)).map(describe);
    return textOf(lines.length === 0 ? 'None.' : lines.join('\n'));
  }
  const { title, when, timeZone, prompt, tool: called, arguments: given } = proposeSchema.parse(args);
  if ((prompt === undefined) === (called === undefined)) return problemOf('Give either a prompt or a tool.');
  const action =
    called === undefined
      ? { kind: 'prompt' as const, text: prompt ?? '', thread: await threadOf(caller), assistant: 'nexus' }
      : { kind: 'tool' as const, tool: called, args: given ?? {} };
  const zone = timeZone === undefined ? {} : { timeZone };
  const view = await scheduler.propose(scope, { title, when, missed: 'once', action, ...zone });
  return textOf(
    `Proposed, not armed: ${describe(view)}\nA person arms it with "nexus schedules arm ${view.id}".`,
  );
}

function describe({ id, title, state, words, upcoming }: ScheduleView): string {
  const next = upcoming.map((at) => new Date(at).toISOString()).join(', ');
  return `${title} (${state}, ${id}): ${words}. Next: ${next === '' ? 'never' : next}`;
}

function textOf(text: string): JsonObject {
  return { content: [{ type: 'text', text }] };
}

function problemOf(text: string): JsonObject {
  return { ...textOf(text), isError: true };
}
