import type { CommandSpec } from './command-line.ts';
import { dataOption } from './places.ts';

const none = { words: '', count: [0, 0] } as const;
const asked = { json: { about: 'Print JSON' }, ...dataOption };

const model = (name: string, spec: Pick<CommandSpec, 'summary'> & Partial<CommandSpec>): CommandSpec => ({
  ...none,
  options: asked,
  load: async () => (await import('./models.ts')).modelCommands[name] ?? missing(name),
  ...spec,
});

/** The commands of models and of what they cost. */
export const modelSpecs = {
  models: model('list', { summary: 'List the models of all providers that are set up' }),
  'models list': model('list', { summary: 'The same' }),
  'models test': model('test', {
    words: 'PROVIDER/MODEL',
    count: [1, 1],
    summary: 'Ask a model for one word, to see whether it answers',
  }),
  'models pull': model('pull', {
    words: 'PROVIDER/MODEL',
    count: [1, 1],
    summary: 'Download a model to Ollama',
  }),
  'models route': model('route', {
    words: 'MESSAGE',
    count: [1, 1],
    summary: 'Say which model would answer a message, and why',
  }),
  usage: model('usage', {
    summary: 'Show what models took and cost, and what is left of the budgets',
    options: {
      by: { value: 'WHAT', about: 'Group by model, user, assistant, thread or day (model)' },
      days: { value: 'N', about: 'Of the last days, 1 to 3650 (30)' },
      ...asked,
    },
  }),
} as const;

function missing(name: string): never {
  throw new Error(`there is no command "${name}"`);
}
