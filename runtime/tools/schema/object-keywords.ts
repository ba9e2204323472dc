import { nearestWord } from '../../base/nearest-word.ts';
import type { Keyword, SchemaCompiler } from './compiler.ts';
import { isObject, type JsonObject } from './kinds.ts';
import type { Pattern } from './pattern.ts';
import { clip, counted, listSome } from './problems.ts';
import type { Check, Run } from './run.ts';
import { countOf } from './scalar-keywords.ts';

const MAX_COMPARED_KEYS = 100;

/** `properties`, `patternProperties` and `additionalProperties`. */
export const propertiesKeyword: Keyword = (schema, compiler) => {
  const { additionalProperties } = schema;
  const named = compileFields(schema['properties'], compiler);
  const { matched, isComplete } = compilePatterns(schema['patternProperties'], compiler);
  // A pattern that is not checked might have matched any key.
  const isClosed = additionalProperties === false && isComplete;
  const rest =
    additionalProperties === undefined || !isComplete ? null : compiler.compile(additionalProperties);
  if (named.size === 0 && matched.length === 0 && rest === null) return null;

  const checkField = (key: string, field: unknown, run: Run): boolean => {
    const check = named.get(key);
    let isKnown = check !== undefined;
    let isValid = check === undefined || run.descend(check, key, field);
    for (const { pattern, check: patternCheck } of matched) {
      if (!pattern.test(key, run)) continue;
      isKnown = true;
      isValid = run.descend(patternCheck, key, field) && isValid;
    }
    if (isKnown || rest !== null) run.evaluated?.keys.add(key);
    if (isKnown || rest === null) return isValid;
    return isClosed
      ? run.fail(() => describeUnknown(key, [...named.keys()]), key)
      : run.descend(rest, key, field);
  };
  return (value, run) => {
    if (!isObject(value)) return true;
    let isValid = true;
    for (const key of Object.keys(value)) {
      run.spend(1);
      isValid = checkField(key, value[key], run) && isValid;
      if (!isValid && !run.isCurious) break;
    }
    return isValid;
  };
};

/** `required`, `dependentRequired`, and `dependencies` with lists. */
export const requiredKeyword: Keyword = (schema) => {
  const required = stringsOf(schema['required']);
  const dependent = [schema['dependentRequired'], schema['dependencies']]
    .flatMap((map) => (isObject(map) ? Object.entries(map) : []))
    .filter(([, keys]) => Array.isArray(keys))
    .map(([key, keys]) => ({ key, needs: stringsOf(keys) }));
  if (required.length === 0 && dependent.length === 0) return null;
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend((required.length + dependent.length) / 4);
    let isValid = true;
    for (const key of required) {
      if (!Object.hasOwn(value, key)) isValid = run.fail('is required', key);
    }
    for (const { key, needs } of dependent) {
      if (!Object.hasOwn(value, key)) continue;
      run.spend(needs.length / 4);
      for (const need of needs) {
        if (!Object.hasOwn(value, need)) isValid = run.fail(() => `is required with "${clip(key)}"`, need);
      }
    }
    return isValid;
  };
};

/** `dependentSchemas`, and `dependencies` with schemas. */
export const dependentSchemasKeyword: Keyword = (schema, compiler) => {
  const dependent = [schema['dependentSchemas'], schema['dependencies']]
    .flatMap((map) => (isObject(map) ? Object.entries(map) : []))
    .filter(([, needs]) => !Array.isArray(needs))
    .map(([key, needs]) => ({ key, check: compiler.compile(needs) }));
  if (dependent.length === 0) return null;
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(dependent.length);
    return dependent.every(({ key, check }) => !Object.hasOwn(value, key) || check(value, run));
  };
};

/** `minProperties`, `maxProperties` and `propertyNames`. */
export const objectSizeKeyword: Keyword = (schema, compiler) => {
  const least = countOf(schema['minProperties']) ?? 0;
  const most = countOf(schema['maxProperties']) ?? Infinity;
  const { propertyNames } = schema;
  const names = propertyNames === undefined ? null : compiler.compile(propertyNames);
  if (least === 0 && most === Infinity && names === null) return null;
  return (value, run) => {
    if (!isObject(value)) return true;
    const keys = Object.keys(value);
    if (keys.length < least) return run.fail(`must have at least ${counted(least, 'key')}`);
    if (keys.length > most) return run.fail(`must have at most ${counted(most, 'key')}`);
    if (names === null) return true;
    return keys.every(
      (key) => run.try(names, key) || run.fail(() => `is no allowed key: it ${run.ask(names, key)}`, key),
    );
  };
};

function compileFields(fields: unknown, compiler: SchemaCompiler): ReadonlyMap<string, Check> {
  const entries = isObject(fields) ? Object.entries(fields) : [];
  return new Map(entries.map(([key, schema]) => [key, compiler.compile(schema)]));
}

interface MatchedFields {
  readonly matched: readonly { readonly pattern: Pattern; readonly check: Check }[];
  /** Whether every pattern can be run. */
  readonly isComplete: boolean;
}

function compilePatterns(fields: unknown, compiler: SchemaCompiler): MatchedFields {
  const entries = isObject(fields) ? Object.entries(fields) : [];
  const matched = entries.flatMap(([source, schema]) => {
    const pattern = compiler.pattern(source);
    return pattern === null ? [] : [{ pattern, check: compiler.compile(schema) }];
  });
  return { matched, isComplete: matched.length === entries.length };
}

function describeUnknown(key: string, known: readonly string[]): string {
  const meant = nearestWord(clip(key), known.slice(0, MAX_COMPARED_KEYS).map(clip));
  if (meant !== undefined) return `is not a known key; did you mean "${meant}"?`;
  return known.length === 0 ? 'is not a known key' : `is not a known key; there are ${listSome(known)}`;
}

function stringsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Whether a schema speaks of parts of objects or lists at all. */
export function hasUnevaluated(schema: JsonObject): boolean {
  return schema['unevaluatedProperties'] !== undefined || schema['unevaluatedItems'] !== undefined;
}
