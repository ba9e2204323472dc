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
