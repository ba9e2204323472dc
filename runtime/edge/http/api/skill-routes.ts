import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { NexusError } from '../../../base/errors.ts';
import { skillSchema, skillTextSchema } from '../../../contract/context.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';

const listRoute = createRoute({
  method: 'get',
  path: '/api/skills',
  summary: 'The skills of the packages of enabled plugins',
  responses: { 200: answers(z.array(skillSchema), 'Skills'), ...failures },
});
const getRoute = createRoute({
  method: 'get',
  path: '/api/skills/{plugin}/{skill}',
  summary: 'The whole text of a skill, as an assistant reads it',
  request: { params: z.object({ plugin: z.string(), skill: z.string() }) },
  responses: { 200: answers(skillTextSchema, 'The skill'), ...failures },
});

/** What plugins teach assistants. */
export function skillRoutes({ agent }: Kernel) {
  const { skills } = agent.persona;
  return new OpenAPIHono()
    .openapi(listRoute, async (c) => c.json([...(await skills.list())], 200))
    .openapi(getRoute, async (c) => {
      const { plugin, skill } = c.req.valid('param');
      const name = `${plugin}/${skill}`;
      const text = await skills.body(name);
      if (text === null) throw new NexusError('SKILL_UNKNOWN', { skill: name });
      return c.json({ name, text }, 200);
    });
}
