import { z } from 'zod';

/** What the router looks at. */
export const routeInputSchema = z.strictObject({
  message: z.string().max(1_000_000),
  historyTokens: z.int().min(0).default(0).describe('Tokens of the conversation before it'),
  tools: z.int().min(0).default(0).describe('How many tools are offered'),
  images: z.int().min(0).default(0),
  threadModel: z.string().nullable().default(null).describe('Chosen for the thread: it is taken'),
  assistantModel: z.string().nullable().default(null).describe('Chosen for the assistant: taken next'),
});
export type RouteInput = z.infer<typeof routeInputSchema>;

/** Why a model was chosen; stored with the message it answers. */
export const routingDecisionSchema = z.object({
  model: z.string(),
  by: z.enum(['thread', 'assistant', 'router']),
  score: z.int().describe('Complexity from 0 to 100'),
  threshold: z.number().describe('From this score on the default model answers, below it the fast one'),
  parts: z.array(z.object({ name: z.string(), points: z.int(), why: z.string() })),
  fallbacks: z.array(z.string()).describe('Asked in turn when a model fails or times out'),
});
export type RoutingDecision = z.infer<typeof routingDecisionSchema>;
