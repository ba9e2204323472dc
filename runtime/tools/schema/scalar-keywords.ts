import { canonical } from './canonical.ts';
import type { Keyword } from './compiler.ts';
import { isKind, type Kind, kindOf, nameKinds } from './kinds.ts';
import { clip, counted, listSome } from './problems.ts';
import { type Check, Run } from './run.ts';

const CHARS_PER_STEP = 16;

/** `type`, with OpenAPI's `nullable`, which many generators emit. */
export const typeKeyword: Keyword = (schema) => {
  const written: unknown[] = Array.isArray(schema['type']) ? schema['type'] : [schema['type']];
  if (written.length === 0 || !written.every(isKind)) return null;
  const kinds: Kind[] = schema['nullable'] === true ? [...written, 'null'] : written;
  const allowed = new Set(kinds);
  if (allowed.has('number')) allowed.add('integer');
  return (value, run) => {
    const kind = kindOf(value);
    return allowed.has(kind) || run.fail(() => `must be ${nameKinds(kinds)}, not ${nameKinds([kind])}`);
  };
};

/** `enum` and `const`. */
export const enumKeyword: Keyword = (schema) => {
  const lists: readonly unknown[][] = [
    schema['enum'],
    'const' in schema ? [schema['const']] : undefined,
  ].filter((list) => Array.isArray(list));
  const checks = lists.map(compileEnum);
  return checks.length === 0 ? null : (value, run) => checks.every((check) => check(value, run));
};

function compileEnum(values: readonly unknown[]): Check {
  const making = new Run();
  const composites = new Set(values.filter(isComposite).map((value) => canonical(value, making)));
  const scalars = new Set(values.filter((value) => !isComposite(value)));
  return (value, run) => {
    const isAllowed = isComposite(value)
      ? composites.size > 0 && composites.has(canonical(value, run))
      : scalars.has(value);
    return isAllowed || run.fail(() => `must be ${values.length === 1 ? '' : 'one of '}${listSome(values)}`);
  };
}

function isComposite(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** `minimum`, `maximum`, their exclusive forms (a flag in draft 04), and `multipleOf`. */
export const numberKeyword: Keyword = (schema) => {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const tests: { readonly holds: (value: number) => boolean; readonly problem: string }[] = [];
  if (isNumber(minimum) && exclusiveMinimum === true) {
    tests.push({ holds: (value) => value > minimum, problem: `must be more than ${minimum}` });
  } else if (isNumber(minimum)) {
    tests.push({ holds: (value) => value >= minimum, problem: `must be at least ${minimum}` });
  }
  if (isNumber(maximum) && exclusiveMaximum === true) {
    tests.push({ holds: (value) => value < maximum, problem: `must be less than ${maximum}` });
  } else if (isNumber(maximum)) {
    tests.push({ holds: (value) => value <= maximum, problem: `must be at most ${maximum}` });
  }
  if (isNumber(exclusiveMinimum)) {
    tests.push({
      holds: (value) => value > exclusiveMinimum,
      problem: `must be more than ${exclusiveMinimum}`,
    });
  }
  if (isNumber(exclusiveMaximum)) {
    tests.push({
      holds: (value) => value < exclusiveMaximum,
      problem: `must be less than ${exclusiveMaximum}`,
    });
  }
  if (isNumber(multipleOf) && multipleOf > 0) {
    tests.push({
      holds: (value) => isMultiple(value, multipleOf),
      problem: `must be a multiple of ${multipleOf}`,
    });
  }
  if (tests.length === 0) return null;
  return (value, run) => {
    if (typeof value !== 'number') return true;
    return tests.every(({ holds, problem }) => holds(value) || run.fail(problem));
  };
};

/** `minLength` and `maxLength`, in Unicode characters, and `pattern`. */
export const stringKeyword: Keyword = (schema, compiler) => {
  const minLength = countOf(schema['minLength']) ?? 0;
  const maxLength = countOf(schema['maxLength']) ?? Infinity;
  const source = schema['pattern'];
  const pattern = typeof source === 'string' ? compiler.pattern(source) : null;
  if (minLength === 0 && maxLength === Infinity && pattern === null) return null;
  return (value, run) => {
    if (typeof value !== 'string') return true;
    if (isShorter(value, minLength, run))
      return run.fail(`must have at least ${counted(minLength, 'character')}`);
    if (!isShorter(value, maxLength + 1, run))
      return run.fail(`must have at most ${counted(maxLength, 'character')}`);
    return (
      pattern === null || pattern.test(value, run) || run.fail(() => `must match ${clip(String(source))}`)
    );
  };
};

/** A count as keywords write them; 2.0 is one. */
export function countOf(written: unknown): number | undefined {
  return isNumber(written) && Number.isInteger(written) && written >= 0 ? written : undefined;
}

/** Counts characters only when UTF-16 units, one or two of them each, leave it open. */
function isShorter(text: string, length: number, run: Run): boolean {
  if (text.length < length) return true;
  if (text.length >= length * 2) return false;
  run.spend(text.length / CHARS_PER_STEP);
  let characters = 0;
  for (const _ of text) characters += 1;
  return characters < length;
}

/** As exact as decimals need it: 0.0075 is a multiple of 0.0001, although their quotient is 74.99999999999999. */
function isMultiple(value: number, of: number): boolean {
  const quotient = value / of;
  const nearest = Math.round(quotient);
  return Number.isFinite(quotient) && Math.abs(quotient - nearest) <= Math.max(1, Math.abs(nearest)) * 1e-12;
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
