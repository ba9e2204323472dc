import { z } from 'zod';
import { settingOptionSchema } from './setting-option.ts';

/** Name of a plugin: also the name of its manifest file, its data folder and its default tool prefix. */
export const pluginNameSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, {
  error: 'must be 1 to 64 lower-case letters, digits and inner hyphens',
});

/** Tools of the assistant itself begin so; a plugin's never do, or nobody could tell whose they are. */
export const ownPrefix = 'agent__';

const pluginSourceSchema = z.strictObject({
  plugin: z
    .string()
    .min(1)
    .describe(
      'Path of an Agent Plugins 1.0 directory, relative to this file, or the name of a folder in plugins/',
    ),
  server: z.string().min(1).optional().describe('Which server of its mcp.json, when there are several'),
});
const commandSourceSchema = z.strictObject({
  command: z.string().min(1).describe('Program to start, as in claude_desktop_config.json'),
  args: z
    .array(z.string())
    .default([])
    .describe('Its arguments; ${workspace}, ${data}, ${home} and ${settings.KEY} are filled in'),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe('Environment variables it gets beside those of permissions.env'),
  cwd: z.string().min(1).optional().describe('Working directory, relative to this file'),
  integrity: z
    .string()
    .regex(/^sha512-[A-Za-z0-9+/=]+$/, {
      error: 'must look like "sha512-…", as "npm view PACKAGE dist.integrity" prints it',
    })
    .optional()
    .describe('Of the npm package that npx runs: another one is refused'),
});
const urlSourceSchema = z.strictObject({
  url: z
    .string()
    .refine((url) => url.startsWith('${settings.') || /^https?:$/.test(URL.parse(url)?.protocol ?? ''), {
      error: 'must be a URL that begins with http:// or https://',
    })
    .describe('Streamable HTTP endpoint of a remote MCP server'),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe(
      'HTTP headers sent to it; ${settings.KEY} is filled in, and ${env:NAME} for the names in permissions.env',
    ),
});
const mcpbSourceSchema = z.strictObject({
  mcpb: z
    .string()
    .min(1)
    .describe(
      'MCP bundle: its path relative to this file, or the name of a file in bundles/ of the data directory',
    ),
  sha256: z
    .string()
    .regex(/^[a-f0-9]{64}$/, { error: 'must be 64 lower-case hexadecimal digits' })
    .describe('SHA-256 of the bundle; another file is refused'),
});

export const effectSchema = z.enum(['read', 'idempotent', 'reversible', 'irreversible']);

/** A call of another tool of the plugin that follows from a call. */
const followUpSchema = z.strictObject({
  tool: z.string().min(1).describe('The other tool, by the name the plugin gives it'),
  arguments: z
    .record(z.string(), z.unknown())
    .default({})
    .describe(
      'Its arguments; a text that is "${arguments.NAME}", "${result.NAME}" or "${key}" as a whole is filled in from the call',
    ),
});

const toolPolicySchema = z.strictObject({
  effect: effectSchema
    .optional()
    .describe(
      'What the tool does to the world; "irreversible" when absent, whatever the plugin says of itself',
    ),
  approval: z.enum(['never', 'always']).optional().describe('Whether a person must allow each run'),
  enabled: z.boolean().default(true).describe('false hides the tool'),
  undo: followUpSchema.optional().describe('The call that takes a call of this tool back'),
  check: followUpSchema
    .optional()
    .describe(
      'The call that tells whether a call of this tool happened, when that is not known: a "read" tool that answers {"happened": true} or false',
    ),
});

/** What permissions.net names, such as `api.github.com:443` or `*.example.org:*`. */
export const hostAndPort = /^(?:\*\.)?(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):(?:\d{1,5}|\*)$/;
/** The same, or with `${settings.KEY}` in it. */
const hostOrSetting = new RegExp(`${hostAndPort.source}|\\$\\{settings\\.`);

const permissionsSchema = z.strictObject({
  fs: z
    .strictObject({
      read: z.array(z.string().min(1)).default([]).describe('Paths it may read'),
      write: z.array(z.string().min(1)).default([]).describe('Paths it may read and write'),
    })
    .prefault({})
    .describe(
      'Files; relative to this file; ${workspace}, ${data}, ${home} and ${settings.KEY} are filled in',
    ),
  net: z
    .array(z.string().regex(hostOrSetting, { error: 'must look like "api.github.com:443"' }))
    .default([])
    .describe(
      'Hosts it may connect to, as host:port; "*.example.org:443" covers subdomains; ${settings.KEY} may be a URL',
    ),
  env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .default([])
    .describe("Names of the kernel's environment variables it may see"),
  exec: z.boolean().default(false).describe('Whether it may start other processes'),
});

const limitsSchema = z.strictObject({
  memoryMb: z.int().min(16).max(65_536).default(512).describe('Memory, in MiB'),
  pids: z.int().min(1).max(4_096).default(64).describe('Processes and threads at the same time'),
  timeoutMs: z
    .int()
    .min(100)
    .max(86_400_000)
    .default(60_000)
    .describe('Deadline of one tool run, in milliseconds'),
  startMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(60_000)
    .describe('Time from its launch until it has told what it offers, in milliseconds'),
  concurrency: z.int().min(1).max(1_024).default(64).describe('Tool runs at the same time'),
  outputBytes: z
    .int()
    .min(1_024)
    .max(268_435_456)
    .default(10_485_760)
    .describe('Largest message it may send, in bytes'),
  cpuSeconds: z
    .int()
    .min(1)
    .optional()
    .describe('Processor time of its whole life, in seconds; unlimited when absent'),
});

const healthSchema = z.strictObject({
  intervalMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .refine((ms) => ms === 0 || ms >= 100, { error: 'must be 0 or at least 100' })
    .default(30_000)
    .describe('Time between two checks while it runs, in milliseconds; 0 means never'),
  timeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(5_000)
    .describe('Time it has to answer a check, in milliseconds'),
  tool: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Tool that is called to check it, with the effect "read"; the protocol\'s own ping when absent',
    ),
  arguments: z.record(z.string(), z.unknown()).default({}).describe('Arguments of that tool'),
});

/** The host's own declaration for one plugin. Unknown keys are errors; defaults are filled in. */
export const manifestSchema = z.strictObject({
  $schema: z.string().optional().describe('"./manifest.schema.json", for completion in editors'),
  name: pluginNameSchema.optional().describe('The name of this file without .json, when absent'),
  enabled: z.boolean().default(true).describe('false keeps the manifest and starts nothing'),
  source: z
    .union([pluginSourceSchema, commandSourceSchema, urlSourceSchema, mcpbSourceSchema])
    .describe('Where the plugin comes from: one of the four forms'),
  isolation: z
    .enum(['sandbox', 'process', 'worker'])
    .default('sandbox')
    .describe('The least isolation accepted'),
  permissions: permissionsSchema.prefault({}).describe('What the plugin may do; nothing when absent'),
  limits: limitsSchema.prefault({}).describe('What the plugin may use up'),
  settings: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, {
        error: 'must be a letter, then letters, digits, "_" and "-"',
      }),
      settingOptionSchema,
    )
    .default({})
    .describe('What people set for it; used as ${settings.KEY} in source and permissions'),
  tools: z
    .record(z.string(), toolPolicySchema)
    .default({})
    .describe('How single tools are treated, by the name the plugin gives them'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]{0,64}$/)
    .optional()
    .describe('Tools appear as prefix__tool; "" is allowed; the plugin name when absent'),
  start: z
    .enum(['lazy', 'eager'])
    .default('lazy')
    .describe('Started at the first call, or with the kernel and kept running'),
  idleStopMs: z
    .int()
    .min(0)
    .default(600_000)
    .describe('Stop after this long without a call, in milliseconds; 0 means never'),
  health: healthSchema.prefault({}).describe('How it is checked; three failed checks in a row restart it'),
});

/** A parsed manifest without its name filled in. */
export type ManifestFile = z.infer<typeof manifestSchema>;
/** A parsed manifest: `name` and `prefix` are always present. */
export type Manifest = Omit<ManifestFile, 'name' | 'prefix' | '$schema'> & {
  readonly name: string;
  readonly prefix: string;
};
export type PluginSource = z.infer<typeof pluginSourceSchema>;
export type CommandSource = z.infer<typeof commandSourceSchema>;
export type McpbSource = z.infer<typeof mcpbSourceSchema>;
export type FollowUp = z.infer<typeof followUpSchema>;
export type UrlSource = z.infer<typeof urlSourceSchema>;
export type Permissions = z.infer<typeof permissionsSchema>;
export type Limits = z.infer<typeof limitsSchema>;
export type Effect = z.infer<typeof effectSchema>;
export type Isolation = Manifest['isolation'];
