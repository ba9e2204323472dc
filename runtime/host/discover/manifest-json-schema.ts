import { z } from 'zod';
import { manifestSchema } from '../../contract/manifest.ts';

/** JSON Schema 2020-12, as zod produces it. */
export type SchemaNode = z.core.JSONSchema.JSONSchema;

/** JSON Schema of a manifest as it is written: what has a default is optional. */
export function manifestJsonSchema(): SchemaNode {
  const { $schema, ...schema } = inputSchemaOf(manifestSchema);
  return {
    ...($schema === undefined ? {} : { $schema }),
    title: 'Nexus plugin manifest',
    description: 'Where a plugin comes from, what it may do, and how its tools are treated',
    ...schema,
  };
}

/** JSON Schema of what a zod schema accepts, before defaults are filled in. */
export function inputSchemaOf(schema: z.ZodType): SchemaNode {
  return z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' });
}

/** The keys a schema knows at `path`; empty where any key is allowed or nothing is known. */
export function knownKeysAt(schema: SchemaNode, path: readonly PropertyKey[]): readonly string[] {
  const node = nodeAt(schema, path);
  if (node === undefined) return [];
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties }) => Object.keys(properties ?? {}));
}

/** The part of a schema that describes the value at `path`. */
export function nodeAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  return path.reduce<SchemaNode | undefined>(childOf, schema);
}

function childOf(node: SchemaNode | undefined, key: PropertyKey): SchemaNode | undefined {
  if (node === undefined) return undefined;
  const { items, properties, additionalProperties, anyOf } = node;
  if (typeof key === 'number') return Array.isArray(items) ? undefined : asNode(items);
  const own = asNode(properties?.[String(key)]) ?? asNode(additionalProperties);
  return own ?? anyOf?.map((option) => childOf(option, key)).find((child) => child !== undefined);
}

function asNode(schema: boolean | SchemaNode | undefined): SchemaNode | undefined {
  return typeof schema === 'object' ? schema : undefined;
}
