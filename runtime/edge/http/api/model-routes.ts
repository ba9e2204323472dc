import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { messageOf } from '../../../base/errors.ts';
import { redactKnown } from '../../../base/known-secrets.ts';
import type { ImportWork } from '../../../contract/import.ts';
import {
  modelChoiceSchema,
  modelListSchema,
  modelPulledSchema,
  modelQuestionSchema,
  modelTestSchema,
  type ModelQuestion,
} from '../../../contract/models.ts';
import { routeInputSchema, routingDecisionSchema } from '../../../contract/routing.ts';
import { operatorScope } from '../../../contract/scope.ts';
import { noThread, usageQuerySchema, usageViewSchema } from '../../../contract/usage.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { inLines, inLinesHint } from './long-answer.ts';

const chosen = { body: { required: true, ...jsonBody(modelChoiceSchema) } };
const listRoute = createRoute({
  method: 'get',
  path: '/api/models',
  summary: 'The models of all providers that are set up',
  responses: { 200: answers(modelListSchema, 'Models, and providers that did not answer'), ...failures },
});
const testRoute = createRoute({
  method: 'post',
  path: '/api/models/test',
  summary: 'Asks a model for one word, or what is given; it is paid for like any other call',
  request: { body: { required: true, ...jsonBody(modelQuestionSchema) } },
  responses: { 200: answers(modelTestSchema, 'It answered'), ...failures },
});
const pullRoute = createRoute({
  method: 'post',
  path: '/api/models/pull',
  summary: 'Downloads a model to Ollama',
  description: inLinesHint,
  request: chosen,
  responses: { 200: answers(modelPulledSchema, 'It is there'), ...failures },
});
const previewRoute = createRoute({
  method: 'post',
  path: '/api/models/route-preview',
  summary: 'Which model would answer a message, and why',
  request: { body: { required: true, ...jsonBody(routeInputSchema) } },
  responses: { 200: answers(routingDecisionSchema, 'The decision'), ...failures },
});
const usageRoute = createRoute({
  method: 'get',
  path: '/api/usage',
  summary: 'What models took and cost, and what was spent today of which budget',
  request: { query: usageQuerySchema },
  responses: { 200: answers(usageViewSchema, 'Sums, the dearest first'), ...failures },
});

export function modelRoutes(kernel: Kernel) {
  const app = new OpenAPIHono();
  app.use(
    pullRoute.path,
    inLines(kernel.log, async (c, work) =>
      pull(kernel, modelChoiceSchema.parse(await c.req.json()).model, work),
    ),
  );
  return app
    .openapi(listRoute, async (c) => {
      const { models, problems } = await kernel.models.overview(c.req.raw.signal);
      const told = problems.map(({ provider, error }) => ({
        provider,
        problem: redactKnown(messageOf(error)),
      }));
      return c.json({ models: [...models], problems: told }, 200);
    })
    .openapi(testRoute, async (c) => c.json(await test(kernel, c.req.valid('json'), c.req.raw.signal), 200))
    .openapi(pullRoute, async (c) => {
      const work = { signal: c.req.raw.signal, onProgress: () => {} };
      return c.json(await pull(kernel, c.req.valid('json').model, work), 200);
    })
    .openapi(previewRoute, async (c) => c.json(await kernel.models.route(c.req.valid('json')), 200))
    .openapi(usageRoute, async (c) =>
      c.json(await kernel.models.usage(operatorScope('token'), c.req.valid('query')), 200),
    );
}

/** What answers "ready"; models that think first need room for it. */
const shortTokens = 512;
const longTokens = 4_096;

async function test(kernel: Kernel, { model, prompt }: ModelQuestion, signal: AbortSignal) {
  const context = { ...noThread, scope: operatorScope('token') };
  const request = {
    model,
    system: [],
    messages: [
      {
        role: 'user' as const,
        content: [{ type: 'text' as const, text: prompt ?? 'Answer with the word: ready' }],
      },
    ],
    tools: [],
    maxOutputTokens: prompt === undefined ? shortTokens : longTokens,
  };
  const startedAt = performance.now();
  let text = '';
  let usage = { inputTokens: null as number | null, outputTokens: null as number | null };
  let costMicros: number | null = null;
  for await (const event of kernel.models.call(context, request, [], signal)) {
    if (event.type === 'text') text += event.delta;
    if (event.type === 'end') usage = event.usage;
    if (event.type === 'spent') ({ costMicros } = event);
  }
  const { inputTokens, outputTokens } = usage;
  const durationMs = Math.round(performance.now() - startedAt);
  return { model, text, durationMs, inputTokens, outputTokens, costMicros };
}

async function pull(kernel: Kernel, model: string, { signal, onProgress }: ImportWork) {
  let told = '';
  for await (const { status, completedBytes, totalBytes } of kernel.models.pull(model, signal)) {
    const share =
      completedBytes === null || !totalBytes ? '' : ` ${Math.floor((completedBytes / totalBytes) * 100)} %`;
    // One line for a change, not for each of thousands of reports.
    if (told !== status + share) onProgress?.(status + share);
    told = status + share;
  }
  return { model };
}
