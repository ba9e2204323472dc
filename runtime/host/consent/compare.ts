import { existsSync, readdirSync } from 'node:fs';
import type { NexusError } from '../../base/errors.ts';
import type { ApprovalLog, ConsentSubject, HeldChange } from '../../contract/consent.ts';
import type { JsonObject, PluginListing } from '../../contract/plugins.ts';
import { describePermissions } from '../../contract/plain-words.ts';
import { spellEntry, type PathPlaces } from '../discover/placeholders.ts';
import { definitionHash, promptKey } from '../../contract/definition.ts';
import type { ApprovedEntry } from './lock-entry.ts';
import { isOwnCode, pinnedSourceOf, readableSource, runLine, sourceChange } from './pinned-source.ts';
import { compareTexts, readableDefinition, visible } from './readable.ts';
import { grantsOf, wideningsOf } from './widening.ts';

type Started = Pick<ConsentSubject, 'manifest' | 'source'>;

/** What of a plugin that is about to start was not agreed to. */
export function startChanges(
  agreed: ApprovedEntry,
  { manifest, source }: Started,
  places: PathPlaces,
): readonly HeldChange[] {
  const isFollowed = agreed.changes === 'follow' && isOwnCode(manifest, source);
  const moved = isFollowed ? null : sourceChange(agreed.source, pinnedSourceOf(manifest, source));
  const changes = moved === null ? [] : [moved];
  const { contentHash } = source;
  // What was prepared when nobody asked is looked at again before it starts.
  if (moved === null && agreed.artifact !== null && contentHash !== null && agreed.artifact !== contentHash) {
    const text = 'Its code is not the code that was agreed to';
    const [before, after] = [`SHA-256 ${agreed.artifact}`, `SHA-256 ${contentHash}`];
    changes.push({ kind: 'artifact', subject: manifest.name, before, after, diff: '', text });
  }
  return [...changes, ...wideningsOf(agreed, grantsOf(manifest), places)];
}

/** What a person is asked before a plugin runs for the first time. */
export function firstRun({ manifest, source }: Started, places: PathPlaces): HeldChange {
  const spell = (entry: string, about: 'fs' | 'net'): string => spellEntry(entry, about, places);
  const words = describePermissions(manifest, spell).map(({ about, allowed }) => `${about}: ${allowed}`);
  const origin = readableSource(pinnedSourceOf(manifest, source));
  const after = visible([`runs: ${runLine(manifest, source)}`, origin, ...words].join('\n'));
  const text = 'It was imported, and nobody has agreed to run it yet';
  return { kind: 'first-run', subject: manifest.name, before: null, after, diff: '', text };
}

/** What a plugin that never ran would be given of another one that had its name before; nothing when that left nothing. */
export function inheritance(
  plugin: string,
  settings: readonly string[] = [],
  { pluginDataDir }: PathPlaces,
): readonly HeldChange[] {
  const hasFiles = existsSync(pluginDataDir) && readdirSync(pluginDataDir).length > 0;
  const left = [
    ...settings.map((key) => `the setting ${key}`),
    ...(hasFiles ? [`the files in ${pluginDataDir}`] : []),
  ];
  if (left.length === 0) return [];
  const text = `A plugin of this name was here before, and it would be given what that one left: ${left.join(', ')}`;
  const after = `If that is another plugin's, delete it first: nexus plugin remove ${plugin} --purge`;
  return [{ kind: 'first-run', subject: plugin, before: null, after, diff: '', text }];
}

/** Definitions of tools and prompts by the plugin's own names. A name that is listed twice has two. */
export function definitionsOf({ tools, prompts }: PluginListing): ReadonlyMap<string, readonly JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  const add = (name: string, definition: JsonObject): void => {
    found.set(name, [...(found.get(name) ?? []), definition]);
  };
  for (const tool of tools) if (typeof tool['name'] === 'string') add(tool['name'], tool);
  for (const prompt of prompts)
    if (typeof prompt['name'] === 'string') add(promptKey(prompt['name']), prompt);
  return found;
}

/** The tools and prompts that were not agreed to, or not as they are now. */
export function toolChanges(
  agreed: Readonly<Record<string, string>>,
  listing: PluginListing,
  log: Pick<ApprovalLog, 'definition'>,
): ReadonlyMap<string, HeldChange> {
  const changes = new Map<string, HeldChange>();
  for (const [name, definitions] of definitionsOf(listing)) {
    const hash = Object.hasOwn(agreed, name) ? agreed[name] : undefined;
    const other = definitions.find((definition) => definitionHash(definition) !== hash);
    if (other !== undefined) changes.set(name, definitionChange(name, hash, other, log));
  }
  return changes;
}

function definitionChange(
  name: string,
  agreedHash: string | undefined,
  definition: JsonObject,
  log: Pick<ApprovalLog, 'definition'>,
): HeldChange {
  const prompt = promptKey('');
  const kind = name.startsWith(prompt) ? 'prompt' : 'tool';
  const subject =
    kind === 'prompt' ? `Prompt "${visible(name.slice(prompt.length))}"` : `Tool "${visible(name)}"`;
  const now = readableDefinition(definition);
  if (agreedHash === undefined) {
    const text = `${subject} is new`;
    return { kind: `${kind}-added`, subject: name, ...compareTexts(null, now), text };
  }
  const before = log.definition(agreedHash);
  if (before === null) {
    const text = `${subject} is not what was agreed to; this machine does not have the text that was`;
    return { kind: `${kind}-changed`, subject: name, ...compareTexts(null, now), text };
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(definition)])];
  const changed = keys.filter(
    (key) => definitionHash({ x: before[key] }) !== definitionHash({ x: definition[key] }),
  );
  const text = `${subject} is not what was agreed to: ${changed.sort().join(', ')} changed`;
  return { kind: `${kind}-changed`, subject: name, ...compareTexts(readableDefinition(before), now), text };
}

/** A lock file that cannot be used, as the reason why a plugin is held. */
export function lockChange(error: NexusError): HeldChange {
  return {
    kind: 'lock',
    subject: 'nexus.lock.json',
    before: null,
    after: null,
    diff: '',
    text: error.message,
  };
}
