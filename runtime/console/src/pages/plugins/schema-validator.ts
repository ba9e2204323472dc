import { Validator, type OutputUnit, type SchemaDraft } from '@cfworker/json-schema';
import { toErrorSchema, type RJSFSchema, type RJSFValidationError, type ValidatorType } from '@rjsf/utils';

/** Keywords that only say that something below them does not fit. */
const containers: ReadonlySet<string> = new Set([
  'properties',
  'patternProperties',
  'items',
  'prefixItems',
  'additionalItems',
  '$ref',
  'allOf',
  'if',
]);

function draftOf({ $schema = '' }: RJSFSchema): SchemaDraft {
  if ($schema.includes('draft-04')) return '4';
  if ($schema.includes('draft-06') || $schema.includes('draft-07')) return '7';
  return $schema.includes('2019-09') ? '2019-09' : '2020-12';
}

/** Reads a JSON pointer in a fragment, "#/a/0", as the path that a form knows, ".a.0". */
function pathOf(pointer: string): string {
  const parts = pointer.replace(/^#\/?/, '').split('/').filter(Boolean);
  return parts
    .map((part) => `.${decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')}`)
    .join('');
}

function problemOf({ keyword, keywordLocation, instanceLocation, error }: OutputUnit): RJSFValidationError {
  const missing = keyword === 'required' ? /"(?<name>.+)"\.$/.exec(error)?.groups?.['name'] : undefined;
  const property = pathOf(instanceLocation) + (missing === undefined ? '' : `.${missing}`);
  const message = missing === undefined ? error : 'This is needed.';
  return {
    name: keyword,
    property,
    message,
    stack: `${property} ${message}`.trim(),
    schemaPath: keywordLocation,
  };
}

/**
 * What of a value does not fit a schema. It interprets the schema and makes no code of it, which the security policy
 * of the console forbids. A schema that it cannot read finds nothing: the kernel checks every call anyway.
 */
function problemsOf(schema: RJSFSchema, value: unknown): RJSFValidationError[] {
  try {
    const { errors } = new Validator(schema as object, draftOf(schema), false).validate(value);
    return errors.filter(({ keyword }) => !containers.has(keyword)).map(problemOf);
  } catch {
    return [];
  }
}

/** For the forms of tools. */
export const schemaValidator: ValidatorType = {
  validateFormData(value, schema) {
    const errors = problemsOf(schema, value);
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid(schema, value, root) {
    const { $defs, definitions } = root;
    return (
      problemsOf({ ...($defs && { $defs }), ...(definitions && { definitions }), ...schema }, value)
        .length === 0
    );
  },
  rawValidation(schema, value) {
    const found = problemsOf(schema, value);
    const [first] = found;
    return first === undefined ? {} : { validationError: new Error(first.stack) };
  },
};
