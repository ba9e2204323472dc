import { fromJsonSchema, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import type { ToolSchema, ValueOf } from './definition.ts';

/** A schema as the MCP server takes it; without one, no arguments. Throws a TypeError that says what to write instead. */
export function toStandardSchema<Schema>(
  schema: (Schema & ToolSchema) | undefined,
  where: string,
): StandardSchemaWithJSON<unknown, ValueOf<Schema>>;
export function toStandardSchema(schema: ToolSchema | undefined, where: string): StandardSchemaWithJSON {
  if (schema === undefined) return fromJsonSchema({ type: 'object', additionalProperties: false });
  if ('_def' in schema && !('_zod' in schema)) {
    const todo = `wrap it: import { zod3 } from 'nexus-plugin-sdk/zod3'`;
    throw new TypeError(`The ${where} is a zod 3 schema; ${todo}`);
  }
  if ('~standard' in schema) return schema;
  if (schema.type === 'object') return fromJsonSchema(schema);
  throw new TypeError(`The ${where} is neither a zod object nor a JSON Schema of type "object"`);
}
