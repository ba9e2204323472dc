import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { callResultSchema } from '../../../contract/api.ts';
import { commandLineSchema, commandSchema } from '../../../contract/commands.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures, jsonBody } from './answers.ts';
import { scopeOf, type RequestEnv } from './request-source.ts';
import { answered, channelOf, firstListingMs, goneSignal } from './caller.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/commands',
  summary: 'The slash commands of all plugins',
  responses: { 200: answers(z.array(commandSchema), 'All commands'), ...failures },
});
const runRoute = createRoute({
  method: 'post',
  path: '/api/commands',
  summary: 'Runs a slash command; the run ends when the caller goes away',
  request: { body: { required: true, ...jsonBody(commandLineSchema) } },
  responses: { 200: answers(callResultSchema, 'The result of the tool'), ...failures },
});

export function commandRoutes(kernel: Kernel) {
  const { host, commands } = kernel;
  return new OpenAPIHono<RequestEnv>()
    .openapi(listRoute, async (c) => {
      await host.listed(firstListingMs);
      return c.json([...commands.list()], 200);
    })
    .openapi(runRoute, async (c) => {
      const { command } = c.req.valid('json');
      const gone = goneSignal(c.env, command);
      if (!commands.knows(command)) await host.listed(firstListingMs);
      const client = c.req.header('user-agent') ?? null;
      const done = commands.run(scopeOf(c), command, client, channelOf(kernel), gone);
      return c.json(await answered(command, done), 200);
    });
}
