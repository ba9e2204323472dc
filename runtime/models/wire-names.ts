import type { ModelTool } from '../contract/models.ts';

/** What OpenAI takes, the strictest of all: letters, digits, `_` and `-`, at most 64. */
const maxChars = 64;

/** Names of tools as providers take them, and back: a tool of MCP may be named with any characters. */
export class WireNames {
  readonly #toWire = new Map<string, string>();
  readonly #fromWire = new Map<string, string>();

  constructor(tools: readonly ModelTool[]) {
    // Names that fit stay as they are, whatever others become.
    for (const { name } of tools) if (wireText(name) === name) this.#add(name, name);
    for (const { name } of tools) if (!this.#toWire.has(name)) this.#add(name, this.#free(wireText(name)));
  }

  toWire(name: string): string {
    return this.#toWire.get(name) ?? wireText(name);
  }

  fromWire(wireName: string): string {
    return this.#fromWire.get(wireName) ?? wireName;
  }

  #add(name: string, wireName: string): void {
    this.#toWire.set(name, wireName);
    this.#fromWire.set(wireName, name);
  }

  #free(wanted: string): string {
    let wireName = wanted;
    for (let count = 2; this.#fromWire.has(wireName); count++) {
      const ending = `_${count}`;
      wireName = wanted.slice(0, maxChars - ending.length) + ending;
    }
    return wireName;
  }
}

/** A name or id in the characters every provider takes. */
export function wireText(text: string): string {
  return text.replaceAll(/[^\w-]/g, '_').slice(0, maxChars);
}
