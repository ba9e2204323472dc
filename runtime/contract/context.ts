import { z } from 'zod';
import { trustSchema } from './memories.ts';
import { settingValueSchema } from './setting-option.ts';

// What a model is told beside the conversation.

const pinKindSchema = z.enum(['memory', 'skill', 'file']);
export const pinSchema = z
  .strictObject({
    kind: pinKindSchema,
    ref: z.string().min(1).max(1_000).describe('Id of a memory, name of a skill, path in the workspace'),
  })
  .meta({ id: 'Pin' });
export type Pin = z.infer<typeof pinSchema>;

export const contextPartSchema = z.object({
  kind: z.enum(['assistant', 'persona', 'rules', 'profile', 'memory', 'pinned', 'skills']),
  title: z.string(),
  trust: trustSchema.describe('Only what a person stands behind is told as instructions; the rest as data'),
  text: z.string(),
});
export type ContextPart = z.infer<typeof contextPartSchema>;

/** What would be told to a model, and what it takes. */
export const contextPreviewSchema = z
  .object({
    assistant: z.string(),
    version: z.int(),
    model: z
      .string()
      .nullable()
      .describe('Chosen for the thread or by the assistant; null: the router chooses'),
    parts: z.array(contextPartSchema.extend({ tokens: z.int() })),
    history: z.object({ messages: z.int(), tokens: z.int() }),
    tools: z.array(z.object({ name: z.string(), tokens: z.int() })),
    system: z.array(z.string()).describe('The assembled prompt'),
    data: z.string().nullable().describe('What is told with the message of the person, marked as data'),
    tokens: z.int().describe('Of all of it, estimated'),
  })
  .meta({ id: 'ContextPreview' });
export type ContextPreview = z.infer<typeof contextPreviewSchema>;

export const contextQuerySchema = z.strictObject({
  thread: z.string().optional(),
  assistant: z.string().optional().describe('Where there is no thread'),
  message: z.string().max(10_000).default('').describe('What would be said next'),
});

/** The same with a persona that is not saved yet. */
export const contextDraftSchema = contextQuerySchema
  .extend({
    persona: z
      .record(z.string().startsWith('persona.'), settingValueSchema.nullable())
      .default({})
      .describe('Settings of the persona as they would be; null: as if it were cleared'),
  })
  .meta({ id: 'ContextDraft' });
export type ContextQuery = z.infer<typeof contextQuerySchema> & Partial<z.infer<typeof contextDraftSchema>>;

/** A skill of a plugin package. */
export const skillSchema = z
  .object({ name: z.string().describe('plugin/skill'), description: z.string() })
  .meta({ id: 'Skill' });
export type Skill = z.infer<typeof skillSchema>;

export const skillTextSchema = z.object({ name: z.string(), text: z.string() }).meta({ id: 'SkillText' });

/** The skills of the packages of enabled plugins. */
export interface Skills {
  list(): Promise<readonly Skill[]>;
  /** Its whole text; null when there is none of that name. */
  body(name: string): Promise<string | null>;
}

/** A file as far as it is told. */
export interface FileText {
  readonly text: string;
  /** Of the whole file. */
  readonly sha256: string;
  readonly isCut: boolean;
}

/** The files of one folder, and nothing outside it. */
export interface FolderFiles {
  /** Null when there is no such regular file, or it is too large. */
  read(path: string, mostChars: number): Promise<FileText | null>;
  /** Writes a file that lies in the folder itself, in place of whatever has its name, and gives back its SHA-256. */
  replace(name: string, text: string): Promise<string>;
}
