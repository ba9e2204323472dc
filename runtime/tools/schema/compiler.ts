import type { JsonObject } from './kinds.ts';
import type { Pattern } from './pattern.ts';
import type { Check } from './run.ts';

/** How drafts of JSON Schema differ in ways that cannot be told from the schema itself. */
export interface Draft {
  readonly idKeyword: '$id' | 'id';
  /** Drafts 04 to 07. */
  readonly doesRefHideSiblings: boolean;
}

/** What the keywords need to become checks. */
export interface SchemaCompiler {
  compile(schema: unknown): Check;
  /** Null, with a warning, when the reference does not lead to a place in the same schema. */
  refer(reference: string, from: JsonObject): Check | null;
  /** Null, with a warning, when it cannot be run. */
  pattern(source: string): Pattern | null;
}

/** Makes the check of some keywords of a schema, or null when they are absent or not what they must be. */
export type Keyword = (schema: JsonObject, compiler: SchemaCompiler) => Check | null;
