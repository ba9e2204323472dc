const MAX_CHARS = 262_144;
const MAX_DEPTH = 64;
const MAX_NODES = 20_000;

/** What is wrong with a schema's size, or null. Reads no more of it than the limits allow. */
export function findOversize(schema: unknown): string | null {
  const waiting: { readonly node: unknown; readonly depth: number }[] = [{ node: schema, depth: 1 }];
  let chars = 0;
  let nodes = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, depth } = next;
    nodes += 1;
    if (typeof node === 'string') chars += node.length;
    if (typeof node === 'object' && node !== null) {
      if (depth > MAX_DEPTH) return `it is nested more than ${MAX_DEPTH} levels deep`;
      const keys = Object.keys(node);
      if (nodes + waiting.length + keys.length > MAX_NODES) return `it has more than ${MAX_NODES} parts`;
      for (const key of keys) {
        chars += key.length;
        waiting.push({ node: Reflect.get(node, key), depth: depth + 1 });
      }
    }
    if (chars > MAX_CHARS) return `it has more than ${MAX_CHARS} characters`;
  }
  return null;
}
