import { isJsonObject, type JsonObject, type PluginView } from '../contract/plugins.ts';
import { promptKey } from '../contract/definition.ts';
import type { Offer, ToolEntry } from '../contract/tools.ts';
import { effectOf } from './effect.ts';

/** What one plugin puts into the catalogue. */
export interface PluginOffers {
  /** What its public names begin with, with `__` behind it; empty for none. */
  readonly prefix: string;
  readonly tools: readonly ToolEntry[];
  /** Tools and prompts that wait for approval: they are offered to nobody, and who calls one is told why. */
  readonly held: readonly HeldTool[];
  readonly prompts: readonly Named[];
  readonly resources: readonly Named[];
  readonly templates: readonly Named[];
  /** What was left out and why. */
  readonly problems: readonly string[];
}

/** A tool, or a prompt as `promptKey`, nobody has agreed to, under the name it would have. */
export interface HeldTool {
  readonly publicName: string;
  readonly plugin: string;
  readonly tool: string;
  readonly reason: string;
}

/** A definition under its public name, and who serves it. */
export interface Named {
  readonly publicName: string;
  readonly offer: Offer;
  readonly definition: JsonObject;
}

function publicName(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}__${name}`;
}

/** Names every client can take (MCP 2025-11-25, "Tool Names"); others could break a client's whole list. */
const nameForm = /^[A-Za-z0-9_./-]{1,128}$/;
const textLimit = 4_096;

/** The offers of a listed plugin; nothing while it is not listed. What no client could use is left out with a warning. */
export function offersOf({ name: plugin, manifest, listing, held }: PluginView): PluginOffers {
  if (listing === null)
    return {
      prefix: manifest.prefix,
      tools: [],
      held: [],
      prompts: [],
      resources: [],
      templates: [],
      problems: [],
    };
  const problems: string[] = [];
  const take = (items: readonly JsonObject[], key: 'name' | 'uri' | 'uriTemplate', isTool = false): Named[] =>
    items.flatMap((definition) => {
      const name = definition[key];
      const shown = typeof name === 'string' && key === 'name' ? publicName(manifest.prefix, name) : name;
      const problem = problemOf(definition, shown, key, isTool);
      if (problem !== null || typeof name !== 'string' || typeof shown !== 'string') {
        problems.push(`${JSON.stringify(name)?.slice(0, 100)} is left out: ${problem}`);
        return [];
      }
      // Clients require a name of resources too; some servers leave it out.
      return [
        {
          publicName: shown,
          offer: { plugin, name },
          definition: { name: shown, ...definition, [key]: shown },
        },
      ];
    });
  const tools = take(listing.tools, 'name', true).filter(
    ({ offer }) => manifest.tools[offer.name]?.enabled !== false,
  );
  const prompts = take(listing.prompts, 'name');
  return {
    prefix: manifest.prefix,
    held: [...heldOf(tools, held), ...heldOf(prompts, held, promptKey)],
    tools: tools
      .filter(({ offer }) => !held.has(offer.name))
      .map(({ publicName: shown, offer, definition }) => ({
        publicName: shown,
        plugin,
        tool: offer.name,
        definition,
        effect: effectOf(manifest, offer.name, definition),
        approval: manifest.tools[offer.name]?.approval ?? askedApproval(definition),
        manifest,
      })),
    prompts: prompts.filter(({ offer }) => !held.has(promptKey(offer.name))),
    resources: take(listing.resources, 'uri'),
    templates: take(listing.resourceTemplates, 'uriTemplate'),
    problems: problems.slice(0, 20),
  };
}

/** What of a list waits for approval, by the names it is agreed to under. */
function heldOf(
  named: readonly Named[],
  held: PluginView['held'],
  keyOf = (name: string): string => name,
): readonly HeldTool[] {
  return named.flatMap(({ publicName: shown, offer: { plugin, name } }) => {
    const reason = held.get(keyOf(name));
    return reason === undefined ? [] : [{ publicName: keyOf(shown), plugin, tool: keyOf(name), reason }];
  });
}

/** A plugin may ask for more care than the manifest does, never for less. */
function askedApproval({ _meta: meta }: JsonObject): 'always' | 'never' {
  return isJsonObject(meta) && meta['dev.nexus/approval'] === 'always' ? 'always' : 'never';
}

function problemOf(definition: JsonObject, shown: unknown, key: string, isTool: boolean): string | null {
  if (typeof shown !== 'string') return `its ${key} is not text`;
  if (key === 'name') {
    if (!nameForm.test(shown)) return 'a name has 1 to 128 letters, digits and _ . / -';
  } else {
    if (shown.length > textLimit || /\p{Cc}/u.test(shown))
      return `its ${key} is too long or has control characters`;
  }
  const schema = definition['inputSchema'];
  if (isTool && (!isJsonObject(schema) || schema['type'] !== 'object'))
    return 'its inputSchema is not of type "object"';
  return null;
}
