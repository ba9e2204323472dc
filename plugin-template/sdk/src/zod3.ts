import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { zodToJsonSchema } from 'zod-to-json-schema';

type Zod3Schema = Parameters<typeof zodToJsonSchema>[0];

/** A zod 3 object as the schema of a tool. Apart from the rest, so that only plugins with zod 3 carry its converter. */
export function zod3<T extends Zod3Schema>(schema: T): StandardSchemaWithJSON<T['_input'], T['_output']> {
  const toJson = (pipeStrategy: 'input' | 'output'): Record<string, unknown> => ({
    ...zodToJsonSchema(schema, { $refStrategy: 'none', pipeStrategy, target: 'jsonSchema2019-09' }),
    $schema: 'https://json-schema.org/draft/2020-12/schema',
  });
  return {
    '~standard': {
      version: 1,
      vendor: 'zod3',
      jsonSchema: { input: () => toJson('input'), output: () => toJson('output') },
      validate: async (value) => {
        const parsed = await schema.safeParseAsync(value);
        return parsed.success ? { value: parsed.data } : { issues: parsed.error.issues };
      },
    },
  };
}
