import { parse, printParseErrorCode, stripComments, type ParseError } from 'jsonc-parser';
import type { z } from 'zod';
import { isTooDeep, jsonDepthLimit } from '../../base/json-depth.ts';
import { explainIssue, spellPath } from '../discover/explain-issue.ts';
import { inputSchemaOf } from '../discover/manifest-json-schema.ts';
import { importInvalid } from './candidate.ts';

/** A JSON document that was read from somewhere. */
export interface JsonSource {
  /** What people know it by: a path, an address. */
  readonly name: string;
  readonly value: unknown;
  /** The folder it lies in, when it is a file. */
  readonly dir: string | undefined;
}

/** JSON as editors write it into their configuration: comments and trailing commas are allowed. Throws IMPORT_INVALID. */
export function parseJsonSource(name: string, text: string, dir: string | undefined): JsonSource {
  // Quotes in comments would hide what follows them.
  if (isTooDeep(stripComments(text))) {
    const problem = `it is nested deeper than ${jsonDepthLimit} levels`;
    throw importInvalid(name, problem, 'Give the configuration of a client or a server.json');
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ''), errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return { name, value, dir };
  const before = text.slice(0, first.offset).split('\n');
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
  throw importInvalid(
    name,
    `it is not JSON (${printParseErrorCode(first.error)} at ${place})`,
    'Correct it there',
  );
}

/** A part of the document that fits a schema. Throws IMPORT_INVALID with the key and what to write instead. */
export function readPart<T extends z.ZodType>(
  schema: T,
  value: unknown,
  name: string,
  at: readonly PropertyKey[] = [],
): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue === undefined) throw parsed.error;
  const { path, problem, todo } = explainIssue(issue, value, inputSchemaOf(schema));
  throw importInvalid(name, `${spellPath([...at, ...path])} ${problem}`, todo);
}
