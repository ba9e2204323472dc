import { manifestJsonSchema, type SchemaNode } from '../runtime/host/discover/manifest-json-schema.ts';

/** One key a manifest may have, for people to read. */
export interface ManifestKey {
  /** `permissions.fs.read`, `tools.TOOL.effect`: capitals stand for a name of the writer's choice. */
  readonly path: string;
  readonly value: string;
  /** Undefined where there is none. */
  readonly fallback: string | undefined;
  readonly meaning: string;
}

/** Every key of a manifest in the order of the schema, those of the three kinds of source among them. */
export function manifestKeys(): readonly ManifestKey[] {
  return keysIn(manifestJsonSchema(), '');
}

function keysIn(node: SchemaNode, prefix: string): readonly ManifestKey[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    if (typeof child === 'boolean') return [];
    const path = `${prefix}${key}`;
    const isRequired = node.required?.includes(key) === true;
    return [keyOf(path, child, isRequired), ...keysIn(child, `${path}.`)];
  });
  const options = (node.anyOf ?? []).flatMap((option) => keysIn(option, prefix));
  const entries = node.additionalProperties;
  const isMap = typeof entries === 'object' && entries.properties !== undefined;
  return [...own, ...options, ...(isMap ? keysIn(entries, `${prefix}${mapName(prefix)}.`) : [])];
}

function mapName(prefix: string): string {
  return prefix === 'tools.' ? 'TOOL' : 'KEY';
}

function keyOf(path: string, node: SchemaNode, isRequired: boolean): ManifestKey {
  const isPlain =
    node.default !== undefined && !(typeof node.default === 'object' && node.properties !== undefined);
  return {
    path,
    value: `${valueOf(node)}${isRequired ? ', required' : ''}`,
    fallback: isPlain ? JSON.stringify(node.default) : undefined,
    meaning: node.description ?? '',
  };
}

function valueOf(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((choice) => `\`${JSON.stringify(choice)}\``).join(' or ');
  if (node.anyOf !== undefined) return 'object';
  switch (node.type) {
    case 'integer':
      return `whole number${rangeOf(node)}`;
    case 'array':
      return 'list of texts';
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      return node.format === 'uri' ? 'URL' : 'text';
    default:
      return 'object';
  }
}

function rangeOf({ minimum, maximum }: SchemaNode): string {
  const isOpen = maximum === undefined || maximum >= Number.MAX_SAFE_INTEGER;
  if (minimum === undefined) return '';
  return isOpen ? ` from ${minimum}` : ` from ${minimum} to ${maximum}`;
}
