import { NexusError } from '../../base/errors.ts';
import { containsKeyword, itemsKeyword, listSizeKeyword } from './array-keywords.ts';
import type { Draft, Keyword, SchemaCompiler } from './compiler.ts';
import { isObject, type JsonObject } from './kinds.ts';
import {
  allOfKeyword,
  anyOfKeyword,
  ifKeyword,
  notKeyword,
  oneOfKeyword,
  refKeyword,
  unevaluatedKeyword,
} from './logic-keywords.ts';
import { findOversize } from './measure.ts';
import {
  dependentSchemasKeyword,
  hasUnevaluated,
  objectSizeKeyword,
  propertiesKeyword,
  requiredKeyword,
} from './object-keywords.ts';
import { type Pattern, PatternCompiler } from './pattern.ts';
import type { Problem } from './problems.ts';
import { References } from './references.ts';
import { type Check, Evaluated, Run, TooMuchWork } from './run.ts';
import { enumKeyword, numberKeyword, stringKeyword, typeKeyword } from './scalar-keywords.ts';

/** A tool's input schema, ready to be used. */
export interface Validator {
  /** What of the schema is not checked, and why; for the operator. */
  readonly warnings: readonly string[];
  /** Null when the arguments fit; otherwise the first problems, five at most. Takes at most about 0.2 s, whatever the schema. */
  readonly validate: (args: unknown) => readonly Problem[] | null;
}

const KEYWORDS: readonly Keyword[] = [
  refKeyword,
  enumKeyword,
  numberKeyword,
  stringKeyword,
  itemsKeyword,
  listSizeKeyword,
  containsKeyword,
  requiredKeyword,
  propertiesKeyword,
  objectSizeKeyword,
  dependentSchemasKeyword,
  allOfKeyword,
  anyOfKeyword,
  oneOfKeyword,
  notKeyword,
  ifKeyword,
];
const MAX_WARNINGS = 10;

/**
 * Turns a JSON Schema (2020-12; `$schema` may name drafts 04 to 2019-09) into checks. Schemas come from plugins, so
 * they are interpreted, never turned into code, and every check counts its steps: no schema stalls the kernel.
 * `format` is an annotation. What cannot be checked (references to elsewhere, patterns with look-around, keywords
 * of the wrong type) is left to the plugin, which checks its own arguments as well. Throws TOOL_SCHEMA_REFUSED for
 * what is no schema or too large.
 */
export function compileSchema(schema: unknown, { tool }: { readonly tool: string }): Validator {
  const refuse = (problem: string): never => {
    throw new NexusError('TOOL_SCHEMA_REFUSED', { tool, problem });
  };
  if (!isObject(schema)) return refuse('it is not an object');
  const oversize = findOversize(schema);
  if (oversize !== null) return refuse(oversize);

  const compilation = new Compilation(schema);
  const check = compilation.compile(schema);
  return { warnings: compilation.warnings, validate: (args) => validate(check, args) };
}

function validate(check: Check, args: unknown): readonly Problem[] | null {
  const run = new Run();
  try {
    return check(args, run) ? null : (run.problems ?? []);
  } catch (error) {
    if (!(error instanceof TooMuchWork)) throw error;
    return [{ path: '', problem: `takes too long to check: ${error.message}` }];
  }
}

class Compilation implements SchemaCompiler {
  readonly warnings: string[] = [];
  readonly #draft: Draft;
  readonly #references: References;
  readonly #patterns = new PatternCompiler((warning) => this.#warn(warning));
  readonly #compiled = new Map<unknown, Check>();

  constructor(root: JsonObject) {
    this.#draft = draftOf(root['$schema']);
    this.#references = new References(root, this.#draft);
  }

  compile(schema: unknown): Check {
    if (typeof schema === 'boolean') return schema ? acceptAll : refuseAll;
    if (!isObject(schema)) return acceptAll;
    const known = this.#compiled.get(schema);
    if (known !== undefined) return known;
    const check = this.#build(schema);
    this.#compiled.set(schema, check);
    return check;
  }

  refer(reference: string, from: JsonObject): Check | null {
    const target = this.#references.resolve(reference, from);
    if (target === undefined) {
      this.#warn(
        `$ref ${JSON.stringify(reference.slice(0, 80))} is not checked: it does not lead to a place in this schema`,
      );
      return null;
    }
    // Compiled when it is first needed: schemas may refer to each other in circles.
    let check: Check | undefined;
    return (value, run) => (check ??= this.compile(target))(value, run);
  }

  pattern(source: string): Pattern | null {
    return this.#patterns.compile(source);
  }

  #build(schema: JsonObject): Check {
    const isHidden = this.#draft.doesRefHideSiblings && typeof schema['$ref'] === 'string';
    const keywords = isHidden ? [refKeyword] : KEYWORDS;
    const checks = keywords.map((keyword) => keyword(schema, this)).filter((check) => check !== null);
    const type = isHidden ? null : typeKeyword(schema, this);
    const checkAll = (value: unknown, run: Run): boolean => {
      // Of a value of the wrong type nothing else is worth saying.
      if (type !== null && !type(value, run)) return false;
      let isValid = true;
      for (const check of checks) {
        isValid = check(value, run) && isValid;
        if (!isValid && !run.isCurious) break;
      }
      return isValid;
    };
    const unevaluated = isHidden || !hasUnevaluated(schema) ? null : unevaluatedKeyword(schema, this);
    if (type === null && checks.length === 0 && unevaluated === null) return acceptAll;
    return nested(unevaluated === null ? checkAll : withEvaluated(checkAll, unevaluated));
  }

  #warn(warning: string): void {
    if (this.warnings.length < MAX_WARNINGS) this.warnings.push(warning);
  }
}

function draftOf($schema: unknown): Draft {
  const draft = /draft-0([3-7])\/schema#?$/.exec(String($schema))?.[1];
  return {
    idKeyword: draft === '3' || draft === '4' ? 'id' : '$id',
    doesRefHideSiblings: draft !== undefined,
  };
}

function acceptAll(): boolean {
  return true;
}

function refuseAll(_: unknown, run: Run): boolean {
  return run.fail('is not allowed');
}

function nested(check: Check): Check {
  return (value, run) => {
    run.enter();
    const isValid = check(value, run);
    run.leave();
    return isValid;
  };
}

/** Follows what the other keywords of a schema look at, for `unevaluated…`, and tells the enclosing schema. */
function withEvaluated(check: Check, unevaluated: Check): Check {
  return (value, run) => {
    const outer = run.evaluated;
    const mine = new Evaluated();
    run.evaluated = mine;
    const isValid = check(value, run) && unevaluated(value, run);
    outer?.merge(mine);
    run.evaluated = outer;
    return isValid;
  };
}
