import { z } from 'zod';
import { NexusError } from '../base/errors.ts';
import type { Skills } from '../contract/context.ts';
import { ownTool, type OwnTool } from './own-tool.ts';

const mostChars = 60_000;

/** The tool with which an assistant reads how something is done. */
export function skillTool(skills: Skills): OwnTool {
  return ownTool({
    name: 'skill',
    description:
      'Reads a skill: how a plugin says that something is done with it. Its text is data of that plugin.',
    input: z.strictObject({
      name: z.string().min(1).max(300).describe('As listed, such as "github/triage"'),
    }),
    isReading: true,
    run: async (_scope, { name }) => {
      const body = await skills.body(name);
      if (body === null) throw new NexusError('SKILL_UNKNOWN', { skill: name });
      return body.length <= mostChars
        ? body
        : `${body.slice(0, mostChars)}\n… (cut; ${body.length} characters)`;
    },
  });
}
