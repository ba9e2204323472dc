import { z } from 'zod';
import { mapParts, redactKnownWithin } from '../base/known-secrets-within.ts';
import { redactKnown } from '../base/known-secrets.ts';
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
  return mapParts(value, (field, key, of) => {
    if (foreign.has(key)) return redactKnownWithin(field);
    if (typeof field !== 'string') return spoken(field);
    if (words.has(key)) return redactKnown(field);
    const isFileName = key === 'name' && of['type'] === 'attachment';
    // What stands for a secret may be longer than it.
    return isFileName ? redactKnown(field).slice(0, mostNameChars) : field;
  });
}
