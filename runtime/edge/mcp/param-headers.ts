import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';

/** An argument that a client mirrors in a header: `x-mcp-header` in the tool's input schema (2026-07-28, SEP-2243). */
interface Mirrored {
  readonly header: string;
  readonly path: readonly string[];
}

const depthLimit = 16;
const base64Form = /^=\?base64\?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\?=$/;
const decimalForm = /^-?\d+(?:\.\d+)?$/;
/** Schemas are replaced, never changed, so what they mirror is found once. */
const known = new WeakMap<JsonObject, readonly Mirrored[]>();

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A header value as it was before transport encoding, or null when its base64 form is broken or holds no UTF-8. */
export function decodeHeader(value: string): string | null {
  if (!value.startsWith('=?base64?')) return value;
  const encoded = base64Form.exec(value)?.[1];
  if (encoded === undefined) return null;
  try {
    return utf8.decode(Buffer.from(encoded, 'base64'));
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

/** What is wrong with the `Mcp-Param-*` headers of a tool call, or null: each must say what the body says. */
export function paramHeaderMismatch(
  inputSchema: unknown,
  args: unknown,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | null {
  if (!isJsonObject(inputSchema)) return null;
  for (const { header, path } of mirroredBy(inputSchema)) {
    const value = path.reduce<unknown>((at, key) => (isJsonObject(at) ? at[key] : undefined), args);
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    const sent = headers[`mcp-param-${header.toLowerCase()}`];
    if (typeof sent !== 'string')
      return `the body carries ${path.join('.')} but the Mcp-Param-${header} header is absent`;
    const decoded = decodeHeader(sent);
    if (decoded === null) return `the Mcp-Param-${header} header carries invalid base64`;
    const isSame =
      typeof value === 'number' && decimalForm.test(decoded)
        ? Number(decoded) === value
        : decoded === String(value);
    if (!isSame) return `the Mcp-Param-${header} header and ${path.join('.')} in the body differ`;
  }
  return null;
}

function mirroredBy(schema: JsonObject): readonly Mirrored[] {
  let found = known.get(schema);
  if (found === undefined) {
    found = [...scan(schema, [])];
    known.set(schema, found);
  }
  return found;
}

function* scan(schema: JsonObject, path: readonly string[]): Generator<Mirrored> {
  const properties = schema['properties'];
  if (!isJsonObject(properties) || path.length >= depthLimit) return;
  for (const [key, property] of Object.entries(properties)) {
    if (!isJsonObject(property)) continue;
    const header = property['x-mcp-header'];
    if (typeof header === 'string') yield { header, path: [...path, key] };
    yield* scan(property, [...path, key]);
  }
}
