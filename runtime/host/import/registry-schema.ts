import { z } from 'zod';

// server.json of the MCP registry, schema 2025-12-11; keys it does not know are left alone, as the registry adds some.
// https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json

const plainInput = {
  description: z.string().optional(),
  isRequired: z.boolean().default(false),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).default('string'),
  value: z.string().optional(),
  isSecret: z.boolean().default(false),
  default: z.string().optional(),
  placeholder: z.string().optional(),
  choices: z.array(z.string()).optional(),
};
const variables = z.record(z.string(), z.looseObject(plainInput)).default({});
const input = { ...plainInput, variables };

/** A header or an environment variable. */
const keyValue = z.looseObject({ ...input, name: z.string().min(1) });
const argument = z.discriminatedUnion('type', [
  z.looseObject({
    ...input,
    type: z.literal('positional'),
    valueHint: z.string().optional(),
    isRepeated: z.boolean().default(false),
  }),
  z.looseObject({
    ...input,
    type: z.literal('named'),
    name: z.string().min(1),
    isRepeated: z.boolean().default(false),
  }),
]);

const registryPackageSchema = z.looseObject({
  registryType: z.string(),
  registryBaseUrl: z.url({ protocol: /^https?$/ }).optional(),
  identifier: z.string().min(1),
  version: z.string().optional(),
  fileSha256: z
    .string()
    .regex(/^[a-f0-9]{64}$/)
    .optional(),
  transport: z.looseObject({ type: z.string() }),
  runtimeArguments: z.array(argument).default([]),
  packageArguments: z.array(argument).default([]),
  environmentVariables: z.array(keyValue).default([]),
});
const remoteSchema = z.looseObject({
  type: z.string(),
  url: z.string(),
  headers: z.array(keyValue).default([]),
  variables,
});

export const serverJsonSchema = z.looseObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/, { error: 'must look like "io.github.user/server"' }),
  title: z.string().optional(),
  description: z.string().default(''),
  packages: z.array(registryPackageSchema).default([]),
  remotes: z.array(remoteSchema).default([]),
});

export type ServerJson = z.infer<typeof serverJsonSchema>;
export type RegistryPackage = z.infer<typeof registryPackageSchema>;
export type RegistryRemote = z.infer<typeof remoteSchema>;
export type RegistryArgument = z.infer<typeof argument>;
export type RegistryInput = z.infer<z.ZodObject<typeof plainInput>>;
export type KeyValue = z.infer<typeof keyValue>;
