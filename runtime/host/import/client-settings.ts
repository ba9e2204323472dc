import { z } from 'zod';
import { isJsonObject } from '../../contract/plugins.ts';
import type { WrittenOption } from './candidate.ts';
import { fillReferences, type Reference } from './client-references.ts';
import { readPart } from './json-source.ts';
import { isSecretName } from './secret-name.ts';

/** `inputs` of VS Code: what it asks its user once. */
const inputSchema = z.looseObject({
  id: z.string().min(1),
  type: z.string(),
  description: z.string().optional(),
  default: z.string().optional(),
  password: z.boolean().optional(),
  options: z.array(z.union([z.string(), z.looseObject({ value: z.string() })])).optional(),
});
type Input = z.infer<typeof inputSchema>;

/** Inputs by their ids. */
export type Inputs = ReadonlyMap<string, Input>;

/** What a file asks for. Of one that is declared twice the last counts, and it is a secret when either says so. Throws IMPORT_INVALID. */
export function readInputs(value: unknown, name: string): Inputs {
  const holder = isJsonObject(value) && isJsonObject(value['mcp']) ? value['mcp'] : value;
  const written = isJsonObject(holder) ? (holder['inputs'] ?? []) : [];
  const inputs = new Map<string, Input>();
  for (const input of readPart(z.array(inputSchema), written, name, ['inputs'])) {
    const isSecret = inputs.get(input.id)?.password === true;
    inputs.set(input.id, isSecret ? { ...input, password: true } : input);
  }
  return inputs;
}

/** The settings that stand for what another client would ask for or take from its environment: one for each of it. */
export class ClientSettings {
  readonly settings: Record<string, WrittenOption> = {};
  readonly values: Record<string, string> = {};
  readonly #inputs: Inputs;
  /** The key of each reference. */
  readonly #keys = new Map<string, string>();
  readonly #warnings = new Set<string>();

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** A text with `${settings.KEY}` for what it refers to. */
  fill(text: string): string {
    const isUnknown = (reference: string): void => {
      // What has no such prefix is the program's own affair.
      if (/^\$\{[A-Za-z]+:/.test(reference))
        this.#warnings.add(`Nothing here stands for ${reference}: it is handed over as it is written`);
    };
    return fillReferences(text, (reference) => this.#keyFor(reference), isUnknown);
  }

  #keyFor(reference: Reference): string {
    const { kind, name } = reference;
    const asked = `${kind}:${name}`;
    const key = this.#keys.get(asked) ?? this.#freeKey(name);
    if (this.#keys.has(asked)) return key;
    this.#keys.set(asked, key);
    const input = kind === 'input' ? this.#inputs.get(name) : undefined;
    if (kind === 'input' && input === undefined)
      this.#warnings.add(`The file does not say what its input "${name}" is: it is asked for as a text`);
    const { option, secret } = optionFor(reference, input);
    this.settings[key] = option;
    if (secret !== undefined) this.values[key] = secret;
    return key;
  }

  /** Different names can be the same one once they are written as keys. */
  #freeKey(name: string): string {
    const cleaned = name.replaceAll(/[^A-Za-z0-9_-]+/g, '_');
    const key = /^[A-Za-z]/.test(cleaned) ? cleaned : `key_${cleaned}`;
    for (let number = 1; ; number++) {
      const free = number === 1 ? key : `${key}_${number}`;
      if (!Object.hasOwn(this.settings, free)) return free;
    }
  }
}

function optionFor(
  { name, fallback }: Reference,
  input: Input | undefined,
): { readonly option: WrittenOption; readonly secret: string | undefined } {
  const initial = input?.default ?? fallback;
  const choices = input?.options?.map((each) => (typeof each === 'string' ? each : each.value)) ?? [];
  const isSecret = input?.password ?? isSecretName(name);
  const hasInitial = initial !== undefined && initial !== '';
  const option: WrittenOption = {
    type: 'string',
    title: name,
    ...(input?.description === undefined ? {} : { description: input.description }),
    required: isSecret || !hasInitial,
    // A secret never stands in a manifest, not even as a default.
    ...(hasInitial && !isSecret ? { default: initial } : {}),
    ...(isSecret ? { sensitive: true } : {}),
    ...(choices.length === 0 ? {} : { choices }),
  };
  return { option, secret: isSecret && hasInitial ? initial : undefined };
}
