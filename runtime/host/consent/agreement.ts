import { createHash } from 'node:crypto';
import { NexusError } from '../../base/errors.ts';
import type { ApprovalRequest, Changes, ConsentSubject, HeldChange } from '../../contract/consent.ts';
import type { JsonObject, PluginListing } from '../../contract/plugins.ts';
import { definitionsOf } from './compare.ts';
import { agreedPart, definitionHash } from '../../contract/definition.ts';
import type { ApprovedEntry, LockEntry } from './lock-entry.ts';
import { pinnedSourceOf } from './pinned-source.ts';
import { grantsOf } from './widening.ts';

/** What is held of a plugin: what keeps it from starting, else the tools that may not be used. */
export interface Held {
  readonly start: readonly HeldChange[];
  readonly tools: ReadonlyMap<string, HeldChange>;
}

/** Who agreed, and when. */
export interface Stamp {
  readonly approvedAt: string;
  readonly approvedBy: string;
}

/** An agreement: the entry of the lock file and what goes on record beside it. */
export interface Agreement {
  readonly entry: ApprovedEntry;
  /** Each change that was agreed to, in one sentence. */
  readonly what: readonly string[];
  readonly definitions: ReadonlyMap<string, JsonObject>;
}

/** The first agreement to a plugin as it is. Definitions are pinned when it is listed. */
export function agreeToStart(
  { manifest, source }: ConsentSubject,
  changes: Changes,
  stamp: Stamp,
): ApprovedEntry {
  return {
    state: 'approved',
    changes,
    ...stamp,
    source: pinnedSourceOf(manifest, source),
    ...grantsOf(manifest),
    ...(manifest.prefix === manifest.name ? {} : { prefix: manifest.prefix }),
    artifact: changes === 'follow' ? null : source.contentHash,
    tools: null,
  };
}

/** With the hash of its content, where that is pinned from now on. */
export async function wholeOf(
  subject: ConsentSubject,
  { changes }: ApprovalRequest,
): Promise<ConsentSubject> {
  const { source } = subject;
  if (changes !== 'ask' || source.contentHash !== null) return subject;
  return { ...subject, source: { ...source, contentHash: await source.hashContent() } };
}

/** Agrees to all that is held, or to the tools asked for. Throws PLUGIN_NOT_HELD or TOOL_NOT_HELD. */
export function agree(
  entry: LockEntry,
  subject: ConsentSubject,
  held: Held,
  { tools, changes: wanted }: ApprovalRequest,
  stamp: Stamp,
): Agreement {
  const plugin = subject.manifest.name;
  const before = entry.state === 'approved' ? entry : undefined;
  const changes = wanted ?? before?.changes ?? 'ask';
  if (tools !== undefined && (held.start.length > 0 || before?.tools == null)) {
    throw new NexusError('TOOL_NOT_HELD', {
      plugin,
      tool: tools.join(', '),
      todo: 'Agree to the plugin first, without --tool',
    });
  }
  const isSwitched = before !== undefined && changes !== before.changes;
  const chosen = [...held.tools].filter(([name]) => tools?.includes(name) ?? true);
  const unknown = tools?.find((name) => !held.tools.has(name));
  if (unknown !== undefined) {
    const todo =
      held.tools.size === 0 ? 'None of its tools does' : `Write one of ${[...held.tools.keys()].join(', ')}`;
    throw new NexusError('TOOL_NOT_HELD', { plugin, tool: unknown, todo });
  }
  if (held.start.length === 0 && chosen.length === 0 && !isSwitched) {
    throw new NexusError('PLUGIN_NOT_HELD', { plugin });
  }
  const switched = isSwitched ? [`Its changes are to "${changes}" from now on`] : [];
  const what = [...held.start.map(({ text }) => text), ...chosen.map(([, { text }]) => text), ...switched];
  const { listing } = subject;
  if (tools !== undefined && before !== undefined && !isSwitched) {
    const definitions = definitionsByHash(listing, (name) => tools.includes(name));
    return {
      entry: { ...before, ...stamp, tools: { ...before.tools, ...hashesOf(listing, tools) } },
      what,
      definitions,
    };
  }
  const isListed = held.start.length === 0 && listing !== null;
  return {
    entry: {
      ...agreeToStart(subject, changes, stamp),
      tools: changes === 'follow' ? null : isListed ? hashesOf(listing) : (before?.tools ?? null),
    },
    what,
    definitions: changes === 'ask' && isListed ? definitionsByHash(listing) : new Map(),
  };
}

/** Hash of each tool of a listing; with `only`, of these. A name that is listed twice gets the first one's. */
export function hashesOf(listing: PluginListing | null, only?: readonly string[]): Record<string, string> {
  if (listing === null) return {};
  const hashes = [...definitionsOf(listing)].flatMap(([name, [definition]]) =>
    definition === undefined || only?.includes(name) === false
      ? []
      : [[name, definitionHash(definition)] as const],
  );
  return Object.fromEntries(hashes);
}

/** The definitions of a listing that go on record, under their hashes. */
export function definitionsByHash(
  listing: PluginListing | null,
  isWanted: (name: string) => boolean = () => true,
): ReadonlyMap<string, JsonObject> {
  if (listing === null) return new Map();
  const wanted = [...definitionsOf(listing)].filter(([name]) => isWanted(name)).flatMap(([, found]) => found);
  return new Map(wanted.map((definition) => [definitionHash(definition), agreedPart(definition)]));
}

/** Stands for what is held, code and definitions included: another one means that something else is held. */
export function seenOf({ start, tools }: Held, subject: ConsentSubject | undefined): string {
  const held = [...start, ...tools.values()].map(({ kind, subject: about, text }) => [kind, about, text]);
  const { manifest, source, listing } = subject ?? {};
  const grants = manifest === undefined ? null : grantsOf(manifest);
  const hashes = hashesOf(listing ?? null, [...tools.keys()]);
  const origin = manifest === undefined || source === undefined ? null : pinnedSourceOf(manifest, source);
  const seen = JSON.stringify([held, grants, origin, source?.contentHash ?? source?.artifactHash, hashes]);
  return createHash('sha256').update(seen).digest('hex').slice(0, 32);
}
