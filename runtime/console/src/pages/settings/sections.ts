import type { Setting } from '../../../../contract/settings-api.ts';

export interface Section {
  /** The category of its settings; it is in the address. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  readonly isPlugin: boolean;
  readonly settings: readonly Setting[];
}

const known: Readonly<Record<string, readonly [title: string, text: string]>> = {
  models: ['Models', 'Which models answer, and how their providers are reached.'],
  budgets: ['Budgets', 'How much models may cost on one day. A call that would cost more is not made.'],
  approvals: ['Approvals', 'When somebody is asked before a tool runs.'],
  agent: ['Assistant', 'The bounds of what the assistant does by itself.'],
  assistants: ['Prompts', 'What prompts of assistants can name.'],
  persona: ['Persona', 'What the assistant is called, and how it speaks.'],
  access: ['Access', 'Who comes in, and for how long.'],
  log: ['Log', 'What is written down.'],
};
const pluginPrefix = 'plugin.';

/** Settings by category: those of the kernel first, then each plugin's. */
export function sectionsOf(settings: readonly Setting[]): readonly Section[] {
  const groups = Map.groupBy(settings, ({ definition }) => definition.category);
  const order = Object.keys(known);
  return [...groups]
    .map(([name, all]) => sectionOf(name, all))
    .sort((a, b) => rank(a, order) - rank(b, order) || a.title.localeCompare(b.title));
}

function sectionOf(name: string, settings: readonly Setting[]): Section {
  const isPlugin = name.startsWith(pluginPrefix);
  const plugin = name.slice(pluginPrefix.length);
  const [title, text] =
    known[name] ?? (isPlugin ? [plugin, `What the plugin ${plugin} can be told.`] : [name, '']);
  return { name, title, text, isPlugin, settings };
}

function rank({ name, isPlugin }: Section, order: readonly string[]): number {
  const place = order.indexOf(name);
  if (place >= 0) return place;
  return isPlugin ? order.length + 1 : order.length;
}
