import { z } from 'zod';
import { modelNameSchema } from './models.ts';
import type { Scope } from './scope.ts';
import type { Execution, Thread } from './threads.ts';

/** The assistant that answers when none is named. */
export const defaultAssistant = 'nexus';

/** A persona of the agent, as a package defines it in code. */
export const assistantDefinitionSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be lower-case letters, digits and hyphens, such as "researcher"'),
  title: z.string().min(1).max(100),
  description: z.string().max(500).default(''),
  prompt: z.string().min(1).max(100_000).describe('{{date}} and other variables are filled in at each turn'),
  tools: z
    .array(z.string().min(1).max(200))
    .max(200)
    .default(['*'])
    .describe('The tools it may use, by public name; * stands for any characters'),
  model: modelNameSchema.nullable().default(null).describe('provider/model; null: the router chooses'),
  persona: z
    .boolean()
    .default(true)
    .describe('Whether tone, length and instructions of the settings apply to it'),
  limits: z
    .strictObject({
      modelCalls: z.int().min(1).max(1_000).optional().describe('Answers of the model in one turn'),
      outputTokens: z.int().min(1).max(100_000_000).optional(),
      minutes: z.number().min(0.01).max(10_080).optional().describe('That a turn may be at work'),
    })
    .default({})
    .describe('Of a turn; those of the settings hold beside them'),
});
export type AssistantDefinition = z.infer<typeof assistantDefinitionSchema>;

/** A definition as it was when something was answered with it. Never changes. */
export const assistantVersionSchema = assistantDefinitionSchema
  .extend({
    version: z.int().describe('Raised by one when the definition is another one than ever before'),
    createdAt: z.int(),
  })
  .meta({ id: 'AssistantVersion' });
export type AssistantVersion = z.infer<typeof assistantVersionSchema>;

export const assistantListSchema = z.object({
  assistants: z.array(assistantVersionSchema),
  problems: z
    .array(z.object({ package: z.string(), problem: z.string() }))
    .describe('Packages that were not read'),
});
export type AssistantList = z.infer<typeof assistantListSchema>;

/** Every definition that was ever in force. */
export interface AssistantRecords {
  /** The version of a definition: the one it had before, else a new one. */
  record(scope: Scope, definition: AssistantDefinition): Promise<AssistantVersion>;
  /** Newest first. */
  versions(scope: Scope, name: string): Promise<readonly AssistantVersion[]>;
}

/** The assistants there are. */
export interface Assistants {
  list(scope: Scope): Promise<AssistantList>;
  /** Throws ASSISTANT_UNKNOWN. */
  get(scope: Scope, name: string): Promise<AssistantVersion>;
  /** Newest first. Throws ASSISTANT_UNKNOWN. */
  versions(scope: Scope, name: string): Promise<readonly AssistantVersion[]>;
  /**
   * The version that answers in a turn: the one it began with, else the one in force. Of an assistant that is gone the last
   * one; throws ASSISTANT_UNKNOWN when there never was one.
   */
  forTurn(
    scope: Scope,
    thread: Pick<Thread, 'assistant'>,
    execution: Execution | null,
  ): Promise<AssistantVersion>;
  /** Reads the packages anew. */
  reload(): void;
}

/** Whether an assistant may use a tool. */
export function mayUse({ tools }: Pick<AssistantDefinition, 'tools'>, tool: string): boolean {
  return tools.some((pattern) => matches(pattern, tool));
}

/** Linear in both: a pattern comes from a package. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length)
    return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const at = text.indexOf(part, from);
    if (at < 0 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}
