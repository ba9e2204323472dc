import { z } from 'zod';
import { imageBlockSchema, textBlockSchema } from './models.ts';
import { messageSchema } from './threads.ts';

// What the API of conversations takes and answers.

export const newThreadSchema = z
  .object({ assistant: z.string().optional().describe('The default one when absent') })
  .meta({ id: 'NewThread' });

export const threadChangeSchema = z
  .object({ title: z.string().min(1).max(200).optional(), model: z.string().nullable().optional() })
  .meta({ id: 'ThreadChange' });

export const threadQuerySchema = z.object({
  search: z.string().max(500).optional(),
  deleted: z.enum(['true', 'false']).default('false'),
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const messageQuerySchema = z.object({
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** What a person says. */
export const newMessageSchema = z
  .object({
    content: z
      .array(z.discriminatedUnion('type', [textBlockSchema, imageBlockSchema]))
      .min(1)
      .max(50),
    steer: z.boolean().default(false).describe('Told to the turn that is under way, when there is one'),
  })
  .meta({ id: 'NewMessage' });

export const sentSchema = z
  .object({
    execution: z
      .string()
      .nullable()
      .describe('The turn that answers; null when it was told to one under way'),
    message: messageSchema.nullable(),
    answer: messageSchema.nullable(),
    lastEvent: z.int().describe('Listen after this event to hear of everything that follows'),
  })
  .meta({ id: 'Sent' });
