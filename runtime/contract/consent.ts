import { z } from 'zod';
import type { Manifest } from './manifest.ts';
import type { PreparedSource } from './plugin-package.ts';
import type { JsonObject, PluginListing } from './plugins.ts';
import type { Tier } from './sandbox.ts';
import type { Scope } from './scope.ts';

/**
 * What happens when a plugin that was agreed to becomes another one. `ask`: another artifact, another source, another
 * tool definition waits. `follow`: for code that the operator develops himself; code and definitions may change. What
 * was granted never widens without asking, with either.
 */
export const changesSchema = z.enum(['ask', 'follow']);

/** One thing that nobody has agreed to yet. */
const heldChangeSchema = z
  .object({
    kind: z.enum([
      'first-run',
      'source',
      'artifact',
      'permission',
      'limit',
      'tool-added',
      'tool-changed',
      'prompt-added',
      'prompt-changed',
      'lock',
    ]),
    subject: z
      .string()
      .describe('What it is about: a tool\'s name, "prompt:NAME", "net api.github.com:443", "memoryMb"'),
    before: z.string().nullable().describe('As it was approved, readable; null when there was nothing'),
    after: z.string().nullable(),
    diff: z.string().describe('Lines that differ, with - and +; empty when there is nothing to compare'),
    text: z.string().describe('The change in one plain sentence'),
  })
  .readonly()
  .meta({ id: 'HeldChange' });

/** How much a plugin could do if it were hostile: 1 is least, 6 is most. The points of the lines add up to the score. */
const riskSchema = z
  .object({
    score: z.int().min(1).max(6),
    lines: z.array(z.object({ points: z.int(), text: z.string() })).readonly(),
  })
  .readonly()
  .meta({ id: 'Risk' });

/** One thing a plugin may do, in plain words: what it is about, and what is allowed. */
const permissionWordsSchema = z
  .object({ about: z.string(), allowed: z.string() })
  .readonly()
  .meta({ id: 'PermissionWords' });

/** An approval on record. */
const approvalSchema = z
  .object({
    id: z.int(),
    plugin: z.string(),
    at: z.int().describe('Milliseconds since 1970'),
    user: z.string(),
    actor: z
      .string()
      .describe(
        'Through what: "cli", "local key", "browser …", "API token …"; "manifest" when the operator wrote the manifest',
      ),
    what: z.array(z.string()).readonly().describe('Each change that was agreed to, in one sentence'),
  })
  .readonly()
  .meta({ id: 'Approval' });

/** Where a plugin stands with the one who must agree to it. */
export const consentStateSchema = z
  .object({
    plugin: z.string(),
    state: z
      .enum(['new', 'waiting', 'approved', 'unknown'])
      .describe(
        'new: not pinned yet; waiting: imported and never approved; unknown: the lock file cannot be read',
      ),
    changes: changesSchema.nullable().describe('What may change without asking; null while it is not pinned'),
    held: z.array(heldChangeSchema).readonly().describe('What waits for approval, with what differs'),
    source: z
      .string()
      .nullable()
      .describe('The exact command, address or folder; what could be a secret is a digest'),
    permissions: z.array(permissionWordsSchema).readonly().describe('What it may do, in plain words'),
    risk: riskSchema.nullable(),
    seen: z.string().describe('Stands for all that is held now; an approval may name it'),
    approvedAt: z.string().nullable(),
    approvedBy: z.string().nullable(),
  })
  .readonly()
  .meta({ id: 'ConsentState' });

/** A plugin's consent as the API shows it. */
export const pluginConsentSchema = z
  .object({
    ...consentStateSchema.unwrap().shape,
    approvals: z.array(approvalSchema).readonly().describe('Newest first, the last 50'),
  })
  .meta({ id: 'PluginConsent' });

/** What a person agrees to. */
export const approvalRequestSchema = z
  .strictObject({
    tools: z
      .array(z.string())
      .min(1)
      .optional()
      .describe(
        "Only these tools, by the plugin's own names, and prompts, as prompt:NAME; all that is held when absent",
      ),
    changes: changesSchema.optional().describe('What may change without asking from now on'),
    seen: z
      .string()
      .optional()
      .describe('The "seen" of what was shown; CONSENT_STALE when something else is held'),
  })
  .meta({ id: 'ApprovalRequest' });

export type Changes = z.infer<typeof changesSchema>;
export type HeldChange = z.infer<typeof heldChangeSchema>;
export type Risk = z.infer<typeof riskSchema>;
export type PermissionWords = z.infer<typeof permissionWordsSchema>;
export type Approval = z.infer<typeof approvalSchema>;
export type ConsentState = z.infer<typeof consentStateSchema>;
export type ApprovalRequest = z.infer<typeof approvalRequestSchema>;
export type PluginConsent = z.infer<typeof pluginConsentSchema>;

/** What a plugin is at the moment: what is held of it, else what is in force. */
export interface ConsentSubject {
  readonly manifest: Manifest;
  readonly source: PreparedSource;
  /** Null until it was listed. */
  readonly listing: PluginListing | null;
  /** In force now; null while nothing runs. */
  readonly tier: Tier | null;
}

/** Why a plugin may not run until a person says so. */
export interface Hold {
  readonly changes: readonly HeldChange[];
}

/**
 * What was agreed to, pinned in `manifests/nexus.lock.json`. A plugin that was imported waits for its first approval;
 * one whose manifest the operator wrote is agreed to by that, and pinned when it is first seen.
 * Manifests are given as they are written, placeholders not filled in.
 */
export interface Consent {
  /** Before anything of the plugin runs: null when all that it asks for was agreed to. Pins a plugin that is not pinned yet. */
  beforeStart(manifest: Manifest, source: PreparedSource): Hold | null;
  /** Whether its code may change without asking. The source need not have a `contentHash`. */
  isFollowed(manifest: Manifest, source: PreparedSource): boolean;
  /** After it was listed: the tools and prompts (`promptKey`) that are new or not what was agreed to. Pins what was never pinned. */
  beforeUse(
    manifest: Manifest,
    source: PreparedSource,
    listing: PluginListing,
  ): ReadonlyMap<string, HeldChange>;
  /**
   * Lets nothing of a plugin run before it was approved, nor of its source under another name; for imports, before they
   * write the manifest. `inherits` are settings that a plugin of this name left: whoever approves is told of them.
   */
  requireApproval(plugin: string, source: unknown, inherits?: readonly string[]): void;
  /** Agrees to what is held and records who did. Throws PLUGIN_NOT_HELD, TOOL_NOT_HELD, CONSENT_STALE or LOCK_INVALID. */
  approve(scope: Scope, plugin: string, request: ApprovalRequest): Promise<void>;
  state(plugin: string): ConsentState;
  /** Newest first, the last 50. */
  approvals(scope: Scope, plugin: string): readonly Approval[];
  /** Whether anything is on record of a plugin. Throws LOCK_INVALID. */
  knows(plugin: string): boolean;
  /** Forgets a plugin whose manifest was removed for good. */
  forget(plugin: string): void;
  /** Looks whether the lock file was edited, and tells of it. */
  look(): void;
  /** Told when something else is agreed to, with the plugins concerned; all of them after the lock file could not be read. Returns the end of it. */
  onChange(listener: (plugins: readonly string[] | 'all') => void): () => void;
}

/** The kernel's memory of approvals beside the lock file: who agreed to what, and the texts for the next diff. */
export interface ApprovalLog {
  /** A definition that was agreed to, by its hash; null when this kernel never saw it. */
  definition(hash: string): JsonObject | null;
  record(scope: Scope, approval: NewApproval): Promise<void>;
  /** Newest first, at most `limit`. */
  list(scope: Scope, plugin: string, limit: number): readonly Approval[];
  /** Whether this kernel has written a lock file at this path: then it has to be there. */
  knowsLock(file: string): boolean;
}

export interface NewApproval {
  readonly plugin: string;
  readonly what: readonly string[];
  /** The definitions agreed to, by their hashes. */
  readonly definitions: ReadonlyMap<string, JsonObject>;
  /** The lock file that now says so. */
  readonly lockFile: string;
}
