import { z } from 'zod';
import { redactKnown } from '../base/known-secrets.ts';
import { isJsonObject } from '../contract/plugins.ts';
import {
  messageBlockSchema,
  mostNameChars,
  stepSchema,
  type MessageBlock,
  type Step,
} from '../contract/threads.ts';

/** Where people, models and plugins speak. All else is our own word, which a short secret such as "assistant" may be as well. */
const words: ReadonlySet<string> = new Set(['text', 'reason', 'summary', 'title', 'malformed']);
/** What has a form of its own, keys included. */
const foreign: ReadonlySet<string> = new Set(['arguments', 'opaque']);

/** A step as it is put on record, told to models and shown: without known secrets. The same one when it has none. */
export function stepWithoutSecrets(step: Step): Step {
  const kept = spoken(step);
  return kept === step ? step : stepSchema.parse(kept);
}

/** The same for what is said in a message. */
export function saidWithoutSecrets(content: readonly MessageBlock[]): readonly MessageBlock[] {
  const kept = spoken(content);
  return kept === content ? content : z.array(messageBlockSchema).parse(kept);
}

function spoken(value: unknown): unknown {
  return mapped(value, (field, key, of) => {
    if (foreign.has(key)) return everywhere(field);
    if (typeof field !== 'string') return spoken(field);
    if (words.has(key)) return redactKnown(field);
    const isFileName = key === 'name' && of['type'] === 'attachment';
    // What stands for a secret may be longer than it.
    return isFileName ? redactKnown(field).slice(0, mostNameChars) : field;
  });
}

function everywhere(value: unknown): unknown {
  return typeof value === 'string' ? redactKnown(value) : mapped(value, everywhere, redactKnown);
}

/** A list or an object with other parts; itself when none of them is another one. */
function mapped(
  value: unknown,
  part: (part: unknown, key: string, of: Readonly<Record<string, unknown>>) => unknown,
  keyOf = (key: string): string => key,
): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const kept = items.map((item) => part(item, '', {}));
    return kept.every((item, at) => item === items[at]) ? value : kept;
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  const kept = entries.map(([key, field]) => [keyOf(key), part(field, key, value)] as const);
  const isSame = kept.every(([key, field], at) => key === entries[at]?.[0] && field === entries[at][1]);
  return isSame ? value : Object.fromEntries(kept);
}
