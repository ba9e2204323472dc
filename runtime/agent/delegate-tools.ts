import { z } from 'zod';
import { ownTool, type OwnTool } from './own-tool.ts';
import type { SubAgents } from './sub-agents.ts';

const shownChars = 300;

/** The tools with which an agent hands work to others. */
export function delegateTools(subAgents: Pick<SubAgents, 'start' | 'below'>): readonly OwnTool[] {
  return [
    ownTool({
      name: 'delegate',
      description:
        'Hands a task to a sub-agent and returns at once. It works in a conversation of its own and knows nothing of this one, so say all it needs. When it is done, its result comes into this conversation by itself: do not wait or ask for it.',
      input: z.strictObject({
        task: z.string().min(1).max(50_000).describe('What to do, with all that is needed to do it'),
        title: z.string().min(1).max(200).describe('A few words for people'),
        assistant: z.string().max(64).optional().describe('Another assistant than this one'),
        minutes: z.number().min(0.01).max(10_080).optional().describe('That it may be at work'),
      }),
      run: async (scope, args, { execution, call }) => {
        const { task, title, assistant, minutes } = args;
        const thread = await subAgents.start(scope, { execution, call, task, title, assistant, minutes });
        return JSON.stringify({ sub_agent: thread.id, title: thread.title, started: true });
      },
    }),
    ownTool({
      name: 'sub_agents',
      description: 'Lists the sub-agents of this conversation and how far they are',
      input: z.strictObject({}),
      isReading: true,
      run: async (scope, _args, { execution }) => {
        const below = await subAgents.below(scope, execution.thread);
        const shown = below.map(({ thread, title, state, reason, deliveredAt }) => ({
          sub_agent: thread,
          title: title.slice(0, shownChars),
          state,
          reason: reason?.slice(0, shownChars) ?? null,
          delivered: deliveredAt !== null,
        }));
        return JSON.stringify(shown);
      },
    }),
  ];
}
