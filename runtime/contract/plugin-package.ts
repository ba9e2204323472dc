import { z } from 'zod';
import { manifestSchema } from './manifest.ts';

// Agent Plugins 1.0.0, https://agent-plugins.org/specification; § numbers are those of its text.

/** Canonical identifiers of the one version of the format that is supported (§5.2, §7.2.1). */
export const pluginJsonId = 'https://agent-plugins.org/schemas/1.0.0/plugin.schema.json';
export const mcpJsonId = 'https://agent-plugins.org/schemas/1.0.0/mcp.schema.json';

/** The only namespace of `extensions` this program implements (§8). */
export const extensionNamespace = 'dev.nexus';

const supported = (id: string) =>
  z.literal(id, { error: (issue) => (issue.input === undefined ? undefined : 'is not supported') });

/** `plugin.json` (§5): closed but for unknown top-level keys, which the loader reports and ignores (§5.2). */
export const pluginJsonSchema = z.object({
  $schema: supported(pluginJsonId),
  name: z
    .string()
    .max(64)
    .regex(/^(?!.*(?:--|\.\.))[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, {
      error: 'must be 1 to 64 lower-case letters, digits, single inner hyphens and periods (§5.5)',
    }),
  version: z.string().optional(),
  description: z.string().optional(),
  author: z
    .strictObject({
      name: z.string().optional(),
      email: z.string().optional(),
      url: z.string().optional(),
    })
    .optional(),
  homepage: z.string().optional(),
  repository: z.string().optional(),
  license: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  extensions: z.record(z.string(), z.looseObject({})).optional(),
});

/** `mcp.json` without its servers, each of which stands or falls alone (§7.2.2). */
export const mcpJsonSchema = z.strictObject({
  $schema: supported(mcpJsonId),
  mcpServers: z.record(z.string(), z.unknown()),
});

const strings = z.record(z.string(), z.string());
const remote = { url: z.string().min(1), headers: strings.default({}) };

/** One server of `mcp.json` (§7.2.1). */
export const mcpServerSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('stdio'),
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: strings.default({}),
    cwd: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('streamable-http'), ...remote }),
  z.strictObject({ type: z.literal('sse'), ...remote }),
]);

/** What a package may say to this host under `extensions["dev.nexus"]` of its plugin.json. */
export const nexusExtensionSchema = z.strictObject({
  bundle: z
    .string()
    .min(1)
    .optional()
    .describe('Entry file, relative to the package, that is bundled to one file before it is run'),
  permissions: manifestSchema.shape.permissions
    .optional()
    .describe('What the package asks for; only the manifest grants'),
});

export type McpServer = z.infer<typeof mcpServerSchema>;
export type NexusExtension = z.infer<typeof nexusExtensionSchema>;

/** Things the author or the operator should know that do not keep the plugin from running. */
type Warnings = readonly string[];

/** The content of everything that can run or steer a plugin, installed modules and skills included. */
export interface Content {
  /** Equal for the same content; null when nobody asks, as its code is followed. */
  readonly contentHash: string | null;
  /** The same, whoever asks; as it is now. */
  readonly hashContent: () => Promise<string>;
}

/** What the host needs to start a plugin as a process; the fields are those of `LaunchSpec`. */
export interface PreparedProcess extends Content {
  readonly kind: 'process';
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What the source itself sets; the variables the manifest permits come on top. */
  readonly env: Readonly<Record<string, string>>;
  readonly packageDirs: readonly string[];
  /** Equal for the same code started in the same way; differs after any change of it. Contains no secret. */
  readonly artifactHash: string;
  /** Equal while it can be expected to offer the same: the same code under the same settings, but for secrets. */
  readonly listingKey: string;
  /** Files and folders of the operator that hold its code, to be watched; what the kernel installed never changes. */
  readonly code: readonly string[];
  readonly warnings: Warnings;
}

/** An MCP server that already runs elsewhere. */
export interface PreparedRemote extends Content {
  readonly kind: 'remote';
  readonly url: string;
  /** Sent to the origin of `url` only, never after a redirect to another one (§7.2.1). */
  readonly headers: Readonly<Record<string, string>>;
  readonly artifactHash: string;
  readonly listingKey: string;
  /** The package that names it, when there is one. */
  readonly code: readonly string[];
  readonly warnings: Warnings;
}

/** A source made ready to be started or connected to. */
export type PreparedSource = PreparedProcess | PreparedRemote;
