import { canonicalJson } from '../../base/canonical-json.ts';
import type { LeaseArguments, LeaseRule } from '../../contract/leases.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { liesBelow } from './place.ts';

/**
 * Why the rules do not cover these arguments; null when they do. Every argument must be named by a rule, and fit it, and
 * every rule that is not optional must have its argument. Nothing is converted, matched or evaluated: the work is that of
 * reading the arguments once.
 */
export function outsideOf(rules: LeaseArguments, args: JsonObject): string | null {
  const pointers = Object.keys(rules);
  const met = new Set<string>();
  const walk = (above: string, value: JsonObject): string | null => {
    for (const [key, item] of Object.entries(value)) {
      const pointer = pointerOf(above, key);
      const rule = Object.hasOwn(rules, pointer) ? rules[pointer] : undefined;
      if (rule !== undefined) {
        met.add(pointer);
        if (!fits(rule, item)) return `${pointer} is not ${wordsOf(rule)}`;
      } else if (isJsonObject(item) && pointers.some((one) => one.startsWith(`${pointer}/`))) {
        const outside = walk(pointer, item);
        if (outside !== null) return outside;
      } else return `${pointer} is not named by the lease`;
    }
    return null;
  };
  const outside = walk('', args);
  if (outside !== null) return outside;
  const missing = pointers.find((pointer) => !met.has(pointer) && rules[pointer]?.optional !== true);
  return missing === undefined ? null : `${missing} is missing`;
}

/** What is wrong with rules that cover nothing by mistake; null when nothing is. */
export function problemOf(rules: LeaseArguments): string | null {
  for (const [pointer, rule] of Object.entries(rules)) {
    if ('prefix' in rule && liesBelow(rule.prefix, rule.prefix) === null)
      return `the prefix of ${pointer} is not a plain folder or http(s) address`;
    if ('min' in rule && rule.max !== undefined && rule.min > rule.max) return `no number fits ${pointer}`;
  }
  return null;
}

/** Rules that cover these arguments only. */
export function exactly(args: JsonObject): Readonly<Record<string, { readonly equals: unknown }>> {
  return Object.fromEntries(Object.entries(args).map(([key, equals]) => [pointerOf('', key), { equals }]));
}

/** Each rule as a sentence. */
export function explain(rules: LeaseArguments): string[] {
  const told = Object.entries(rules).map(
    ([pointer, rule]) => `${pointer} is ${wordsOf(rule)}${rule.optional === true ? ', or absent' : ''}`,
  );
  return [...told, told.length === 0 ? 'no arguments at all' : 'no other arguments'];
}

/** RFC 6901, section 3. */
function pointerOf(above: string, key: string): string {
  return `${above}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function fits(rule: LeaseRule, item: unknown): boolean {
  if ('any' in rule) return true;
  if ('equals' in rule) return canonicalJson(item) === canonicalJson(rule.equals);
  if ('oneOf' in rule) return rule.oneOf.some((one) => one === item);
  if ('prefix' in rule) return typeof item === 'string' && liesBelow(rule.prefix, item) === true;
  if (typeof item !== 'number' || !Number.isFinite(item)) return false;
  return !('min' in rule && item < rule.min) && !(rule.max !== undefined && item > rule.max);
}

function wordsOf(rule: LeaseRule): string {
  if ('any' in rule) return 'anything';
  if ('equals' in rule) return `exactly ${JSON.stringify(rule.equals)}`;
  if ('oneOf' in rule) return `one of ${rule.oneOf.map((one) => JSON.stringify(one)).join(', ')}`;
  if ('prefix' in rule) return `${JSON.stringify(rule.prefix)} or below it`;
  if (!('min' in rule)) return `a number up to ${rule.max}`;
  return rule.max === undefined ? `a number from ${rule.min}` : `a number from ${rule.min} to ${rule.max}`;
}
