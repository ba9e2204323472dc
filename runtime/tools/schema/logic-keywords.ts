import type { Keyword } from './compiler.ts';
import { isObject } from './kinds.ts';
import type { Check, Run } from './run.ts';

const MAX_EXPLAINED_BRANCHES = 3;

/** `$ref`, and its relatives that differ from it only between several documents. */
export const refKeyword: Keyword = (schema, compiler) => {
  const checks = ['$ref', '$dynamicRef', '$recursiveRef'].flatMap((keyword) => {
    const reference = schema[keyword];
    const check = typeof reference === 'string' ? compiler.refer(reference, schema) : null;
    return check === null ? [] : [check];
  });
  return checks.length === 0 ? null : (value, run) => checks.every((check) => check(value, run));
};

export const allOfKeyword: Keyword = (schema, compiler) => {
  const { allOf } = schema;
  if (!Array.isArray(allOf)) return null;
  const checks = allOf.map((branch) => compiler.compile(branch));
  return (value, run) => {
    let isValid = true;
    for (const check of checks) {
      isValid = check(value, run) && isValid;
      if (!isValid && !run.isCurious) break;
    }
    return isValid;
  };
};

export const anyOfKeyword: Keyword = (schema, compiler) => {
  const { anyOf } = schema;
  if (!Array.isArray(anyOf) || anyOf.length === 0) return null;
  const checks = anyOf.map((branch) => compiler.compile(branch));
  return (value, run) => {
    let fits = false;
    for (const check of checks) {
      fits = run.try(check, value) || fits;
      // Every branch that fits adds to what is evaluated.
      if (fits && run.evaluated === null) break;
    }
    return fits || run.fail(() => explainNone(checks, value, run));
  };
};

export const oneOfKeyword: Keyword = (schema, compiler) => {
  const { oneOf } = schema;
  if (!Array.isArray(oneOf) || oneOf.length === 0) return null;
  const checks = oneOf.map((branch) => compiler.compile(branch));
  return (value, run) => {
    const fitting = checks.flatMap((check, at) => (run.try(check, value) ? [at + 1] : []));
    if (fitting.length === 1) return true;
    if (fitting.length === 0) return run.fail(() => explainNone(checks, value, run));
    return run.fail(`must fit one alternative only, and fits number ${fitting.slice(0, 2).join(' and ')}`);
  };
};

export const notKeyword: Keyword = (schema, compiler) => {
  const { not } = schema;
  if (not === undefined) return null;
  const check = compiler.compile(not);
  return (value, run) => {
    const { evaluated } = run;
    run.evaluated = null;
    const fits = run.try(check, value);
    run.evaluated = evaluated;
    return !fits || run.fail('has a form that is excluded');
  };
};

export const ifKeyword: Keyword = (schema, compiler) => {
  if (schema['if'] === undefined) return null;
  const condition = compiler.compile(schema['if']);
  const then = schema['then'] === undefined ? null : compiler.compile(schema['then']);
  const otherwise = schema['else'] === undefined ? null : compiler.compile(schema['else']);
  return (value, run) => {
    const branch = run.try(condition, value) ? then : otherwise;
    return branch === null || branch(value, run);
  };
};

/** `unevaluatedProperties` and `unevaluatedItems`; they come after all other keywords of their schema. */
export const unevaluatedKeyword: Keyword = (schema, compiler) => {
  const { unevaluatedProperties, unevaluatedItems } = schema;
  const fields = unevaluatedProperties === undefined ? null : compiler.compile(unevaluatedProperties);
  const items = unevaluatedItems === undefined ? null : compiler.compile(unevaluatedItems);
  if (fields === null && items === null) return null;
  return (value, run) => {
    const { evaluated } = run;
    if (evaluated === null) return true;
    let isValid = true;
    if (fields !== null && isObject(value)) {
      for (const key of Object.keys(value)) {
        if (evaluated.keys.has(key)) continue;
        evaluated.keys.add(key);
        run.spend(1);
        isValid = run.descend(fields, key, value[key]) && isValid;
      }
    }
    if (items !== null && Array.isArray(value)) {
      for (let at = 0; at < value.length; at += 1) {
        if (evaluated.items.has(at)) continue;
        evaluated.items.add(at);
        run.spend(1);
        isValid = run.descend(items, at, value[at]) && isValid;
      }
    }
    return isValid;
  };
};

function explainNone(checks: readonly Check[], value: unknown, run: Run): string {
  if (run.isAsked) return `fits none of ${checks.length} alternatives`;
  const reasons = checks.slice(0, MAX_EXPLAINED_BRANCHES).map((check) => run.ask(check, value));
  const more = checks.length > MAX_EXPLAINED_BRANCHES ? ' | …' : '';
  return `fits none of ${checks.length} alternatives (${reasons.join(' | ')}${more})`;
}
