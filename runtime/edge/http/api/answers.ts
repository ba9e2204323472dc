import { redactKnown } from '../../../base/known-secrets.ts';
import type { NexusError } from '../../../base/errors.ts';
import { errorBodySchema } from '../../../contract/api.ts';
import type { z } from 'zod';

/** A JSON body in the description of a route. */
export function jsonBody<T extends z.ZodType>(schema: T): { content: { 'application/json': { schema: T } } } {
  return { content: { 'application/json': { schema } } };
}

/** A successful answer in the description of a route. */
export function answers<T extends z.ZodType>(schema: T, description: string) {
  return { description, ...jsonBody(schema) };
}

/** Every other status: `{ error: { code, message } }`. */
export const failures = { default: { description: 'It failed', ...jsonBody(errorBodySchema) } };

/** What is wrong with a body or a query, each with where. */
export function describeProblems(error: z.core.$ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

/** The body that answers a bug. */
export const internal = {
  error: { code: 'INTERNAL', message: 'INTERNAL: Something went wrong in the kernel. See its log.' },
};

/** The body of an error of the catalogue. Errors quote plugins, and those may quote their secrets. */
export function bodyOf({ code, message, data }: NexusError) {
  const shown = Object.entries(data).map(([key, value]) => [
    key,
    typeof value === 'string' ? redactKnown(value) : value,
  ]);
  return { error: { code, message: redactKnown(message), data: Object.fromEntries(shown) } };
}
