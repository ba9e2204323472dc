import { z } from 'zod';
import { modelNameSchema } from './models.ts';
import { titleSchema } from './title.ts';
import { messageSchema, saidBlockSchema } from './threads.ts';

// What the API of conversations takes and answers.

export const threadChangeSchema = z
  .strictObject({
    title: titleSchema.optional(),
    model: modelNameSchema.nullable().optional(),
    assistant: z.string().optional().describe('Who answers from the next turn on; refused during a turn'),
  })
  .meta({ id: 'ThreadChange' });

export const threadQuerySchema = z.object({
  search: z.string().max(500).optional(),
  deleted: z.enum(['true', 'false']).default('false'),
  before: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const messageQuerySchema = z.object({
  before: z.string().optional(),
  deleted: z.enum(['true', 'false']).default('false').describe('Those that were cut off by an edit'),
  pinned: z.enum(['true', 'false']).default('false').describe('Only those that are pinned'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

const saidSchema = z
  .array(saidBlockSchema)
  .min(1)
  .max(50)
  .refine((blocks) => blocks.some((block) => block.type !== 'text' || block.text.trim() !== ''), {
    error: 'says nothing',
  });

/** A thread, and with `content` what is said in it first: all of it, or no thread begins. */
export const newThreadSchema = z
  .strictObject({
    assistant: z.string().optional().describe('The default one when absent'),
    model: modelNameSchema
      .nullable()
      .default(null)
      .describe('Answers in place of the one that would be chosen'),
    content: saidSchema.optional().describe('What is said first'),
  })
  .meta({ id: 'NewThread' });

/** What a person says. */
export const newMessageSchema = z
  .strictObject({
    content: saidSchema,
    steer: z
      .boolean()
      .default(false)
      .describe('Told to the turn that is under way, when there is one and it is text only'),
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
    lastEvent: z.string().describe('Listen after this event to hear of everything that follows'),
  })
  .meta({ id: 'Sent' });

/** A message said again. */
export const resendSchema = z
  .strictObject({
    content: saidSchema.optional().describe('As it was when absent'),
  })
  .meta({ id: 'Resend' });
export const pinSchema = z.strictObject({ pinned: z.boolean() }).meta({ id: 'MessagePin' });
export const exportQuerySchema = z.object({ format: z.enum(['markdown', 'json']).default('markdown') });

export const purgeSchema = z
  .strictObject({
    chunk: z.int().min(1).max(10_000).default(500).describe('Rows that are deleted in one transaction'),
    of: z.enum(['threads', 'memories']).optional().describe('Both when absent'),
    threads: z
      .array(z.string())
      .max(1_000)
      .optional()
      .describe('Only these threads; messages that an edit cut off elsewhere, and memories, stay'),
    olderThanDays: z.number().min(0).max(36_500).default(0).describe('Only what is in the trash for so long'),
  })
  .meta({ id: 'Purge' });
export const purgedSchema = z.object({ purged: z.int() }).meta({ id: 'Purged' });
