import { z } from 'zod';
import { titleSchema, visibleTextSchema } from './title.ts';
import type { Scope } from './scope.ts';

/** `proposed → armed ⇄ paused`, `armed → done`; every state may become `removed`. Only an armed one fires. */
export const scheduleStateSchema = z.enum(['proposed', 'armed', 'paused', 'done', 'removed']);
export type ScheduleState = z.infer<typeof scheduleStateSchema>;

const actionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('tool'),
    tool: z.string().describe('Public name'),
    args: z.record(z.string(), z.unknown()).default({}),
  }),
  z.strictObject({
    kind: z.literal('prompt'),
    text: visibleTextSchema(20_000),
    thread: z
      .string()
      .nullable()
      .default(null)
      .describe('Where it is said; a new thread each time when null'),
    assistant: z.string().default('nexus'),
  }),
]);

/** When something is done again and again, or once. */
export const timingSchema = z.object({
  cron: z.string().nullable().default(null).describe('Minute, hour, day of month, month, day of week'),
  at: z.int().nullable().default(null).describe('Once, in milliseconds since 1970; in place of `cron`'),
  timeZone: z.string().describe('IANA name, such as Europe/Berlin'),
});
export type Timing = z.infer<typeof timingSchema>;

export const scheduleSchema = timingSchema
  .extend({
    id: z.string(),
    title: z.string(),
    state: scheduleStateSchema,
    words: z.string().describe('When it fires, in words'),
    missed: z.enum(['skip', 'once']).describe('Firings while no kernel ran: none of them, or one for all'),
    action: actionSchema,
    nextAt: z.int().nullable(),
    lastAt: z.int().nullable(),
    group: z.string().nullable(),
    user: z.string(),
    actor: z.string().describe('Who proposed it'),
    armedBy: z.string().nullable(),
    createdAt: z.int(),
  })
  .meta({ id: 'Schedule' });
export type Schedule = z.infer<typeof scheduleSchema>;

/** What a person or the assistant asks for. It fires only after a person has armed it. */
export const newScheduleSchema = z
  .strictObject({
    title: titleSchema,
    when: z.string().min(1).max(200).describe('Five cron fields, a time such as 2026-12-24T18:00, or words'),
    timeZone: z.string().optional().describe("The kernel's own when absent"),
    missed: scheduleSchema.shape.missed.default('once'),
    action: actionSchema,
  })
  .meta({ id: 'NewSchedule' });
export type NewSchedule = z.infer<typeof newScheduleSchema>;

/** A schedule with its next firings, to be read before it is armed. */
export const scheduleViewSchema = scheduleSchema
  .extend({ upcoming: z.array(z.int()).readonly().describe('Its next three firings') })
  .meta({ id: 'ScheduleView' });
export type ScheduleView = z.infer<typeof scheduleViewSchema>;

export const armSchema = z
  .strictObject({ words: z.string().describe('As they were shown: other words are refused') })
  .meta({ id: 'Arm' });

export interface ScheduleStore {
  add(
    scope: Scope,
    schedule: Omit<Schedule, 'user' | 'group' | 'actor' | 'lastAt' | 'armedBy'>,
  ): Promise<Schedule>;
  get(scope: Scope, id: string): Promise<Schedule | null>;
  /** Without those that were removed, newest first. */
  list(scope: Scope): Promise<readonly Schedule[]>;
  /** Of all users, those that are armed and due. */
  due(now: number, limit: number): Promise<readonly Schedule[]>;
  /** Compare-and-set on state and next firing; false when it was not as `from` says. */
  move(
    from: Schedule,
    change: Partial<Pick<Schedule, 'state' | 'nextAt' | 'lastAt' | 'armedBy'>>,
  ): Promise<boolean>;
}
