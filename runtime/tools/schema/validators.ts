import { compileSchema, type Validator } from './compile-schema.ts';

const KEPT_VALIDATORS = 256;

/** Compiles the schema of a tool at its first call, and keeps the validators used last. */
export class Validators {
  readonly #kept = new Map<unknown, Validator>();

  /** `schema` is the very object the tool list holds: a new list brings new objects. Throws TOOL_SCHEMA_REFUSED. */
  of(schema: unknown, tool: string): Validator {
    const validator = this.#kept.get(schema) ?? compileSchema(schema, { tool });
    this.#kept.delete(schema);
    this.#kept.set(schema, validator);
    if (this.#kept.size > KEPT_VALIDATORS) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    return validator;
  }
}
