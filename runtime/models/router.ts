import type { RouteInput, RoutingDecision } from '../contract/routing.ts';
import { estimateText } from '../contract/token-estimate.ts';

/** The models to choose from, as the settings say. */
export interface RouterChoices {
  readonly standard: string;
  /** The same as `standard` where there is none. */
  readonly fast: string;
  readonly threshold: number;
  readonly fallbacks: readonly string[];
}

type Part = RoutingDecision['parts'][number];

/** Words that ask for thought rather than for a fact. */
const thoughtWords =
  /\b(?:why|analy[sz]e|compare|design|explain|plan|prove|refactor|debug|implement|review|optimi[sz]e|architecture|strategy|trade-?offs?|step by step)\b/gi;
const steps = /^\s*(?:\d+[.)]|[-*])\s|\b(?:then|after that|finally)\b/gim;
const maxScore = 100;

/** Chooses a model: the thread's, else the assistant's, else by how complex the message looks. */
export function routeMessage(input: RouteInput, choices: RouterChoices): RoutingDecision {
  const parts = scoreParts(input);
  const score = Math.min(
    maxScore,
    parts.reduce((sum, { points }) => sum + points, 0),
  );
  const { threshold, fallbacks } = choices;
  const routed = score >= threshold ? choices.standard : choices.fast;
  const [model, by] = chosen(input) ?? [routed, 'router' as const];
  const others = [...fallbacks, choices.standard].filter((other) => other !== model);
  return { model, by, score, threshold, parts, fallbacks: [...new Set(others)] };
}

function chosen({ threadModel, assistantModel }: RouteInput): [string, 'thread' | 'assistant'] | undefined {
  if (threadModel !== null) return [threadModel, 'thread'];
  return assistantModel === null ? undefined : [assistantModel, 'assistant'];
}

/** What makes a message complex, each with its reason; parts without points are left out. */
function scoreParts({ message, historyTokens, tools, images }: RouteInput): Part[] {
  const tokens = estimateText(message);
  const thoughts = new Set((message.match(thoughtWords) ?? []).map((word) => word.toLowerCase()));
  const stepCount = message.match(steps)?.length ?? 0;
  const questions = message.split('?').length - 1;
  const hasCode = /```|\b(?:function|class|SELECT|import|def)\b.*[({;:]/.test(message);
  return [
    part('length', tokens / 40, 25, `about ${tokens} tokens`),
    part('thought', thoughts.size * 20, 40, [...thoughts].join(', ')),
    part('steps', stepCount * 5, 20, `${stepCount} steps`),
    part('questions', (questions - 1) * 5, 10, `${questions} questions`),
    part('code', hasCode ? 20 : 0, 20, 'it has code'),
    part('history', historyTokens / 2_000, 15, `${historyTokens} tokens before it`),
    part('tools', tools / 4, 10, `${tools} tools`),
    part('images', images * 10, 20, `${images} images`),
  ].filter(({ points }) => points > 0);
}

function part(name: string, points: number, most: number, why: string): Part {
  return { name, points: Math.min(most, Math.max(0, Math.floor(points))), why };
}
