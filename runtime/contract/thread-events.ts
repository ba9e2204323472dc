import { z } from 'zod';
import { messageSchema, stepSchema } from './threads.ts';

/** What is told of a turn while it goes on, and of its thread. */
const turnEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['text', 'thinking']), delta: z.string() }),
  z.object({ type: z.literal('step'), position: z.int(), step: stepSchema }),
  z.object({
    type: z.literal('state'),
    state: z.enum(['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'FAILED', 'CANCELED']),
    reason: z.string().nullable(),
  }),
  z
    .object({
      type: z.literal('progress'),
      callId: z.string(),
      progress: z.number().describe('How far it is: of `total`, or in a unit of its own'),
      total: z.number().nullable(),
      text: z.string().nullable(),
    })
    .describe('What a tool under way says of itself; it is on no record'),
  z.object({ type: z.literal('title'), title: z.string() }),
]);
export type TurnEvent = z.infer<typeof turnEventSchema>;

/** The data of an event of a thread's stream; its name is its type, `reset` or `ping`. */
export const threadEventSchema = z
  .union([
    turnEventSchema.and(z.object({ message: z.string().describe('Which one it is of') })),
    z
      .object({
        thread: z.string(),
        messages: z.array(messageSchema),
        partial: z
          .object({ message: z.string(), text: z.string(), thinking: z.string() })
          .nullable()
          .describe('What the answer under way has said since its last step'),
      })
      .describe('reset: the last message, and those that are not over, as they are stored'),
    z.object({}).describe('ping: nothing happened'),
  ])
  .meta({ id: 'ThreadEvent' });
