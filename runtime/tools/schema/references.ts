import type { Draft } from './compiler.ts';
import { isObject, type JsonObject } from './kinds.ts';

/** Stands for the place of a schema that does not name itself. `.invalid` never resolves (RFC 2606). */
const ROOT = 'https://schema.invalid/root';
/** Their values are data, whatever they look like. */
const DATA_KEYWORDS = new Set(['enum', 'const', 'default', 'examples']);

/** Where the names `$id`, `$anchor` and JSON Pointers lead inside one schema. Nothing is ever fetched. */
export class References {
  readonly #resources = new Map<string, JsonObject>();
  readonly #anchors = new Map<string, JsonObject>();
  readonly #bases = new Map<JsonObject, string>();
  readonly #draft: Draft;

  constructor(root: JsonObject, draft: Draft) {
    this.#draft = draft;
    this.#resources.set(ROOT, root);
    this.#index(root, ROOT);
  }

  /** The schema that a reference in `from` leads to, or undefined. */
  resolve(reference: string, from: JsonObject): unknown {
    const url = parseUrl(reference, this.#bases.get(from) ?? ROOT);
    if (url === undefined) return undefined;
    const fragment = decode(url.hash.slice(1));
    const resource = withoutFragment(url);
    if (fragment !== '' && !fragment.startsWith('/')) return this.#anchors.get(`${resource}#${fragment}`);
    const target = this.#resources.get(resource);
    return target === undefined ? undefined : follow(target, fragment);
  }

  #index(node: unknown, base: string): void {
    if (Array.isArray(node)) for (const item of node) this.#index(item, base);
    if (!isObject(node)) return;
    const inside = this.#enter(node, base);
    this.#bases.set(node, inside);
    for (const [key, part] of Object.entries(node)) {
      if (!DATA_KEYWORDS.has(key)) this.#index(part, inside);
    }
  }

  /** Notes the names of a schema, and returns the base of references inside it. */
  #enter(schema: JsonObject, base: string): string {
    const { $anchor, $dynamicAnchor } = schema;
    const $id = schema[this.#draft.idKeyword];
    let inside = base;
    const isHidden = this.#draft.doesRefHideSiblings && typeof schema['$ref'] === 'string';
    const url = typeof $id === 'string' && !isHidden ? parseUrl($id, base) : undefined;
    if (url !== undefined && typeof $id === 'string') {
      // Drafts 04 to 07 write anchors as `$id: "#name"`.
      if ($id.startsWith('#')) this.#anchors.set(url.href, schema);
      else {
        inside = withoutFragment(url);
        this.#resources.set(inside, schema);
      }
    }
    for (const anchor of [$anchor, $dynamicAnchor]) {
      if (typeof anchor === 'string') this.#anchors.set(`${inside}#${anchor}`, schema);
    }
    return inside;
  }
}

/** Follows a JSON Pointer (RFC 6901) through own properties only. */
function follow(root: unknown, pointer: string): unknown {
  let at: unknown = root;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

function parseUrl(reference: string, base: string): URL | undefined {
  return URL.parse(reference, base) ?? undefined;
}

function withoutFragment(url: URL): string {
  const { href } = url;
  const hash = href.indexOf('#');
  return hash === -1 ? href : href.slice(0, hash);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
