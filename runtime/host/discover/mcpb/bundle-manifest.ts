import { z } from 'zod';

// manifest.json of an MCP bundle: https://github.com/modelcontextprotocol/mcpb/blob/main/MANIFEST.md
// Written anew, strict as the published schemas: the package that has them brings a command line, forms and
// cryptography of 20 MB that the kernel does not need. A test compares the two.

const text = z.string();
const serverCommand = z.strictObject({
  command: text,
  args: z.array(text).optional(),
  env: z.record(text, text).optional(),
});
const serverOf = <const T extends readonly [string, ...string[]]>(types: T) =>
  z.strictObject({
    type: z.enum(types),
    entry_point: text,
    mcp_config: serverCommand.extend({
      platform_overrides: z.record(text, serverCommand.partial()).optional(),
    }),
  });

const userOption = z.strictObject({
  type: z.enum(['string', 'number', 'boolean', 'directory', 'file']),
  title: text,
  description: text,
  required: z.boolean().optional(),
  default: z.union([text, z.number(), z.boolean(), z.array(text)]).optional(),
  multiple: z.boolean().optional(),
  sensitive: z.boolean().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});

const common = {
  $schema: text.optional(),
  name: text,
  display_name: text.optional(),
  version: text,
  description: text,
  long_description: text.optional(),
  author: z.strictObject({ name: text, email: z.email().optional(), url: z.url().optional() }),
  repository: z.strictObject({ type: text, url: z.url() }).optional(),
  homepage: z.url().optional(),
  documentation: z.url().optional(),
  support: z.url().optional(),
  icon: text.optional(),
  screenshots: z.array(text).optional(),
  tools: z.array(z.strictObject({ name: text, description: text.optional() })).optional(),
  tools_generated: z.boolean().optional(),
  prompts: z
    .array(
      z.strictObject({
        name: text,
        description: text.optional(),
        arguments: z.array(text).optional(),
        text,
      }),
    )
    .optional(),
  prompts_generated: z.boolean().optional(),
  keywords: z.array(text).optional(),
  license: text.optional(),
  compatibility: z
    .strictObject({
      claude_desktop: text.optional(),
      platforms: z.array(z.enum(['darwin', 'win32', 'linux'])).optional(),
      runtimes: z.strictObject({ python: text.optional(), node: text.optional() }).optional(),
    })
    .optional(),
  user_config: z.record(text, userOption).optional(),
};
const since02 = { privacy_policies: z.array(z.url()).optional() };
const since03 = {
  icons: z
    .array(z.strictObject({ src: text, size: text.regex(/^\d+x\d+$/), theme: text.min(1).optional() }))
    .optional(),
  localization: z
    .strictObject({
      resources: text.regex(/\$\{locale\}/i),
      default_locale: text.regex(/^[A-Za-z0-9]{2,8}(?:-[A-Za-z0-9]{1,8})*$/),
    })
    .optional(),
  _meta: z.record(text, z.record(text, z.unknown())).optional(),
};
const plainServer = { server: serverOf(['python', 'node', 'binary']) };
const uvServer = { server: serverOf(['python', 'node', 'binary', 'uv']) };

const versionKeys = <const V extends string>(version: V) => ({
  manifest_version: z.literal(version).optional(),
  dxt_version: z.literal(version).optional(),
});

/** The strict schema of each version of the format. */
export const bundleManifestSchemas = {
  '0.1': z.strictObject({ ...versionKeys('0.1'), ...common, ...plainServer }),
  '0.2': z.strictObject({ ...versionKeys('0.2'), ...common, ...since02, ...plainServer }),
  '0.3': z.strictObject({ ...versionKeys('0.3'), ...common, ...since02, ...since03, ...plainServer }),
  '0.4': z.strictObject({ ...versionKeys('0.4'), ...common, ...since02, ...since03, ...uvServer }),
} as const;

/** What a bundle says of itself, whatever version it is written in. */
export type BundleManifest = z.infer<(typeof bundleManifestSchemas)[keyof typeof bundleManifestSchemas]>;

/** The version a manifest is written in: `manifest_version`, or `dxt_version` as it was called before. */
export function versionOf(value: unknown): string | undefined {
  const written = z
    .looseObject({ manifest_version: text.optional(), dxt_version: text.optional() })
    .safeParse(value);
  return written.data?.manifest_version ?? written.data?.dxt_version;
}

/** Whether a version is one of those that are read. */
export function isBundleVersion(version: string): version is keyof typeof bundleManifestSchemas {
  return Object.hasOwn(bundleManifestSchemas, version);
}
