import { modelListSchema, modelPulledSchema, modelTestSchema } from '../../contract/models.ts';
import { routingDecisionSchema } from '../../contract/routing.ts';
import { usageViewSchema } from '../../contract/usage.ts';
import { readNumber, wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { duration, inOneLine, paint, paragraph, print, printJson, printTable } from './terminal.ts';

const dayMs = 86_400_000;
const number = { isNumber: true } as const;

const list: Command = async (given, deps) => {
  const found = await clientOf(given, deps).get('/api/models', modelListSchema);
  if (given.switches.has('json')) {
    printJson(found);
    return 0;
  }
  const { models, problems } = found;
  if (models.length === 0 && problems.length === 0)
    print(
      'No provider is set up. Set a key with "nexus settings set models.anthropic.apiKey"; "nexus settings" lists the others.',
    );
  if (models.length > 0) {
    printTable(
      [{ title: 'MODEL' }, { title: 'NAME' }, { title: 'CONTEXT', ...number }],
      models.map(({ model, title, contextTokens }) => [
        model,
        title,
        contextTokens === null ? '-' : String(contextTokens),
      ]),
    );
  }
  for (const { provider, problem } of problems)
    print(paragraph(`${paint('red', provider)}: ${inOneLine(problem)}`));
  return problems.length > 0 && models.length === 0 ? 1 : 0;
};

const test: Command = async (given, deps) => {
  const body = { model: wordAt(given, 0) };
  const tested = await clientOf(given, deps).post('/api/models/test', body, modelTestSchema);
  if (given.switches.has('json')) printJson(tested);
  else print(`${tested.model} answered in ${duration(tested.durationMs)}: ${inOneLine(tested.text)}`);
  return 0;
};

const pull: Command = async (given, deps) => {
  const body = { model: wordAt(given, 0) };
  const pulled = await clientOf(given, deps).postLong('/api/models/pull', body, modelPulledSchema, (text) =>
    process.stderr.write(`${inOneLine(text)}\n`),
  );
  if (given.switches.has('json')) printJson(pulled);
  else print(`${pulled.model} is there`);
  return 0;
};

const route: Command = async (given, deps) => {
  const body = { message: wordAt(given, 0) };
  const decision = await clientOf(given, deps).post('/api/models/route-preview', body, routingDecisionSchema);
  if (given.switches.has('json')) {
    printJson(decision);
    return 0;
  }
  const { model, score, threshold, parts, fallbacks } = decision;
  print(`${model} would answer: complexity ${score}, and the default model begins at ${threshold}`);
  for (const { name, points, why } of parts) print(`  +${points} ${name}: ${inOneLine(why)}`);
  if (fallbacks.length > 0) print(`If it fails: ${fallbacks.join(', ')}`);
  return 0;
};

const usage: Command = async (given, deps) => {
  const { by = 'model', days } = given.values;
  const span = readNumber('days', days ?? '30', 1, 3_650) * dayMs;
  const query = new URLSearchParams({ by, since: String(Math.max(0, Date.now() - span)) });
  const view = await clientOf(given, deps).get(`/api/usage?${query.toString()}`, usageViewSchema);
  if (given.switches.has('json')) {
    printJson(view);
    return 0;
  }
  if (view.sums.length === 0) print('No model was asked yet');
  else {
    printTable(
      [
        { title: by.toUpperCase() },
        { title: 'CALLS', ...number },
        { title: 'INPUT', ...number },
        { title: 'CACHED', ...number },
        { title: 'OUTPUT', ...number },
        { title: 'COST', ...number },
      ],
      view.sums.map((sum) => [
        sum.group ?? '-',
        String(sum.calls),
        String(sum.inputTokens + sum.cacheWriteTokens),
        String(sum.cacheReadTokens),
        String(sum.outputTokens),
        cost(sum.costMicros, sum.unknownCalls, sum.calls),
      ]),
    );
  }
  for (const { kind, subject, spentMicros, limitMicros } of view.today)
    if (limitMicros !== null)
      print(`Today ${kind} ${inOneLine(subject)}: ${dollars(spentMicros)} of ${dollars(limitMicros)}`);
  for (const { at, kind, subject, percent } of view.alerts.filter(
    (alert) => alert.at >= view.renewsAt - dayMs,
  ))
    print(
      `${new Date(at).toISOString()} ${percent} % of the budget of ${kind} ${inOneLine(subject)} reached`,
    );
  return 0;
};

/** Every command of models and what they cost. */
export const modelCommands: Readonly<Record<string, Command>> = { list, test, pull, route, usage };

function cost(micros: number, unknown: number, calls: number): string {
  if (unknown === calls) return 'unknown';
  return unknown === 0 ? dollars(micros) : `${dollars(micros)} + ${unknown} unknown`;
}

function dollars(micros: number): string {
  // Below a cent every digit counts.
  return `$${(micros / 1_000_000).toFixed(micros > 0 && micros < 10_000 ? 6 : 4)}`;
}
