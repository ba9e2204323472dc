import type { ModelPrompt, TurnContext } from '../contract/agent.ts';
import type { ModelService } from '../contract/models.ts';
import type { RoutingDecision } from '../contract/routing.ts';
import type { Step, Thread } from '../contract/threads.ts';
import { estimateMessages } from '../contract/token-estimate.ts';
import { textOf } from './conversation.ts';

const mostRoutedChars = 100_000;

/** Chooses the model that answers what was said last. Throws MODEL_NOT_CONFIGURED. */
export async function routeTurn(
  models: ModelService,
  thread: Thread,
  { past, assistant }: TurnContext,
  { messages, tools }: ModelPrompt,
): Promise<RoutingDecision> {
  const asked = past.messages.findLast(({ role }) => role === 'user');
  const content = asked?.content ?? [];
  return await models.route({
    message: textOf(content).slice(0, mostRoutedChars),
    historyTokens: estimateMessages(messages.slice(0, -1)),
    tools: tools.length,
    images: content.filter(({ type }) => type === 'image').length,
    threadModel: thread.model,
    assistantModel: assistant.model,
  });
}

/** The models to ask next, in their order: the one that answered last comes first, one whose answer broke off last. */
export function candidatesOf(decision: RoutingDecision, steps: readonly Step[]): readonly string[] {
  const all = [...new Set([decision.model, ...decision.fallbacks])];
  const last = steps.findLast((step) => step.kind === 'model_call' || step.kind === 'interrupted');
  if (last === undefined) return all;
  const at = all.indexOf(last.model) + (last.kind === 'interrupted' ? 1 : 0);
  return [...all.slice(Math.max(0, at)), ...all.slice(0, Math.max(0, at))];
}
