import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { messageOf } from '../../../base/errors.ts';
import { redactKnown } from '../../../base/known-secrets.ts';
import { overviewSchema, type Overview } from '../../../contract/overview.ts';
import { operatorScope } from '../../../contract/scope.ts';
import type { Kernel } from '../../../index.ts';
import { answers, failures } from './answers.ts';
import { ProviderLook } from './provider-look.ts';

const overviewRoute = createRoute({
  method: 'get',
  path: '/api/overview',
  summary: 'How the kernel is at a glance',
  responses: { 200: answers(overviewSchema, 'The overview'), ...failures },
});

const scope = operatorScope('overview');
const dayMs = 86_400_000;
/** With less free space records cannot be relied on any more, in bytes. */
const scarceBytes = 512 * 1024 * 1024;
const mostCounted = 1_000;

/** What the dashboard shows. */
export function overviewRoutes(kernel: Kernel, version: string) {
  const providers = new ProviderLook(kernel.models);
  return new OpenAPIHono().openapi(overviewRoute, async (c) => {
    const statuses = kernel.host.statuses();
    const [models, disk, pluginBytes, queue, today, { tier, mechanism }] = await Promise.all([
      modelsOf(kernel, providers),
      statfs(kernel.config.dataDir),
      memoryOfPlugins(kernel),
      queueOf(kernel),
      todayOf(kernel),
      kernel.sandbox(),
    ]);
    const freeBytes = disk.bavail * disk.bsize;
    const { troubles, ...modelFigures } = models;
    const overview: Overview = {
      version,
      now: Date.now(),
      startedAt: Math.round(performance.timeOrigin),
      troubles: [...troubles, ...pluginTroubles(kernel), ...heldTroubles(kernel), ...diskTroubles(freeBytes)],
      models: modelFigures,
      plugins: {
        total: statuses.length,
        tools: kernel.catalogue.entries().length,
        states: countBy(statuses.map(({ state }) => state)),
        tiers: countBy(statuses.flatMap((status) => status.tier ?? [])),
      },
      isolation: { tier, mechanism },
      queue,
      disk: { freeBytes, totalBytes: disk.blocks * disk.bsize },
      memory: {
        kernelBytes: process.memoryUsage.rss(),
        pluginBytes,
        freeBytes: freemem(),
        totalBytes: totalmem(),
      },
      today,
    };
    return c.json(overview, 200);
  });
}

async function modelsOf({ settings }: Kernel, providers: ProviderLook) {
  const chosen = settings.value('models.default');
  const model = typeof chosen === 'string' && chosen !== '' ? chosen : null;
  const { overview, checkedAt } = await providers.look();
  const silent = overview.problems.map(({ provider, error }) => ({
    area: 'models' as const,
    subject: provider,
    text: redactKnown(messageOf(error)),
  }));
  const text = 'No model is chosen. Set models.default in the settings';
  const none = model === null ? [{ area: 'models' as const, subject: 'models.default', text }] : [];
  return { default: model, known: overview.models.length, checkedAt, troubles: [...none, ...silent] };
}

function pluginTroubles({ host }: Kernel): Overview['troubles'] {
  return host
    .statuses()
    .filter(({ state }) => state === 'error' || state === 'quarantined')
    .map(({ name, reason, nextStep }) => ({
      area: 'plugins',
      subject: name,
      text: redactKnown(`${reason} ${nextStep}`.trim()),
    }));
}

/** What waits for approval of plugins that work. */
function heldTroubles({ host, consent }: Kernel): Overview['troubles'] {
  return host.statuses().flatMap(({ name, state }) => {
    if (state === 'error' || state === 'quarantined') return [];
    const { length } = consent.state(name).held;
    const text = `${length} ${length === 1 ? 'change waits' : 'changes wait'} for your approval`;
    return length === 0 ? [] : [{ area: 'plugins' as const, subject: name, text }];
  });
}

function diskTroubles(freeBytes: number): Overview['troubles'] {
  if (freeBytes >= scarceBytes) return [];
  const text = `Only ${Math.round(freeBytes / 1_048_576)} MiB are free. Make room, or nothing can be recorded`;
  return [{ area: 'disk', subject: 'data directory', text }];
}

async function memoryOfPlugins({ host, health }: Kernel): Promise<number> {
  const running = host.statuses().filter(({ pid }) => pid !== null);
  const summaries = await Promise.all(running.map((status) => health.summary(status)));
  return summaries.reduce((sum, { usage }) => sum + (usage?.memoryBytes ?? 0), 0);
}

async function queueOf({ agent, host }: Kernel): Promise<Overview['queue']> {
  const [turns, approvals] = await Promise.all([
    agent.executions.open(scope),
    agent.approvals.list(scope, { state: 'PENDING', limit: mostCounted }),
  ]);
  const runs = host.statuses().reduce((sum, { inFlight }) => sum + inFlight, 0);
  return { turns: turns.length, runs, approvals: approvals.length };
}

async function todayOf({ models }: Kernel): Promise<Overview['today']> {
  const since = Math.floor(Date.now() / dayMs) * dayMs;
  const { sums, today } = await models.usage(scope, { by: 'model', since });
  const total = (of: (sum: (typeof sums)[number]) => number): number =>
    sums.reduce((all, sum) => all + of(sum), 0);
  return {
    since,
    modelCalls: total(({ calls }) => calls),
    inputTokens: total(({ inputTokens }) => inputTokens),
    outputTokens: total(({ outputTokens }) => outputTokens),
    costMicros: total(({ costMicros }) => costMicros),
    unknownCalls: total(({ unknownCalls }) => unknownCalls),
    limitMicros: today.find(({ kind }) => kind === 'tenant')?.limitMicros ?? null,
  };
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
