import { canonical } from './canonical.ts';
import type { Keyword } from './compiler.ts';
import { countOf } from './scalar-keywords.ts';
import { counted } from './problems.ts';
import type { Check } from './run.ts';

/**
 * `prefixItems` and `items`; also their older forms, `items` as a list with `additionalItems`, which generators
 * still write without saying so in `$schema`.
 */
export const itemsKeyword: Keyword = (schema, compiler) => {
  const { prefixItems, items, additionalItems } = schema;
  const first: unknown = Array.isArray(items) ? items : prefixItems;
  const rest: unknown = Array.isArray(items) ? additionalItems : items;
  const firstChecks = Array.isArray(first) ? first.map((item) => compiler.compile(item)) : [];
  const restCheck = rest === undefined ? null : compiler.compile(rest);
  if (firstChecks.length === 0 && restCheck === null) return null;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    let isValid = true;
    for (let at = 0; at < value.length; at += 1) {
      const check = firstChecks[at] ?? restCheck;
      if (check === null) break;
      run.spend(1);
      run.evaluated?.items.add(at);
      isValid = run.descend(check, at, value[at]) && isValid;
      if (!isValid && !run.isCurious) break;
    }
    return isValid;
  };
};

/** `minItems`, `maxItems` and `uniqueItems`. */
export const listSizeKeyword: Keyword = (schema) => {
  const minItems = countOf(schema['minItems']) ?? 0;
  const maxItems = countOf(schema['maxItems']) ?? Infinity;
  const isUnique = schema['uniqueItems'] === true;
  if (minItems === 0 && maxItems === Infinity && !isUnique) return null;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    if (value.length < minItems) return run.fail(`must have at least ${counted(minItems, 'item')}`);
    if (value.length > maxItems) return run.fail(`must have at most ${counted(maxItems, 'item')}`);
    if (!isUnique) return true;
    const seen = new Set<string>();
    return value.every((item, at) => {
      seen.add(canonical(item, run));
      return seen.size === at + 1 || run.fail('repeats an earlier item', at);
    });
  };
};

/** `contains`, with `minContains` and `maxContains`. */
export const containsKeyword: Keyword = (schema, compiler) => {
  const { contains } = schema;
  if (contains === undefined) return null;
  const check: Check = compiler.compile(contains);
  const least = countOf(schema['minContains']) ?? 1;
  const most = countOf(schema['maxContains']) ?? Infinity;
  return (value, run) => {
    if (!Array.isArray(value)) return true;
    let found = 0;
    for (let at = 0; at < value.length; at += 1) {
      run.spend(1);
      if (!run.tryPart(check, at, value[at])) continue;
      found += 1;
      run.evaluated?.items.add(at);
    }
    if (found < least)
      return run.fail(`must have at least ${counted(least, 'item')} of a certain kind, not ${found}`);
    return (
      found <= most || run.fail(`must have at most ${counted(most, 'item')} of a certain kind, not ${found}`)
    );
  };
};
