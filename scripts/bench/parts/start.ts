import { join } from 'node:path';
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import type { PreparedProcess } from '../../../runtime/contract/plugin-package.ts';
import type { Sandbox } from '../../../runtime/contract/sandbox.ts';
import { Preparer } from '../../../runtime/host/discover/index.ts';
import { createSandbox } from '../../../runtime/sandbox/index.ts';
import { echoServer } from '../contenders/kernel.ts';
import { StdioCaller } from '../load/mcp-stdio.ts';
import type { Plan } from '../plan.ts';
import type { PartResult } from '../report.ts';
import { inRounds } from '../rounds.ts';
import { Stage } from '../stage.ts';
import { median } from '../statistics.ts';

const pluginsDir = fileURLToPath(new URL('../../../plugins', import.meta.url));
const memoryServer = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/server-memory/dist/index.js', import.meta.url),
);
const listMs = 30_000;

/** One server, its times from the start of its process to the answer to `tools/list`, in milliseconds. */
interface Subject {
  readonly name: string;
  readonly manifest: Manifest;
  readonly source: PreparedProcess;
  readonly times: Record<'bare' | 'cold' | 'warm', number[]>;
}

/**
 * Plugin starts in the sandbox beside the same command as a plain child. Cold is the first start in a sandbox that
 * was just set up over an empty data directory; warm is every later one, as most are in the life of a kernel.
 */
export async function benchStart(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const subjects = await prepareSubjects(stage);
  const setUpMs: number[] = [];
  let mechanism = '';
  await inRounds(subjects, plan.pluginStarts, async (subject, round) => {
    const dataDir = stage.makeFolder(`data-${subject.name}-${round}`);
    const started = performance.now();
    await using sandbox = await createSandbox({ dataDir, protectedPaths: [], allowUnsandboxed: false });
    setUpMs.push(performance.now() - started);
    mechanism = sandbox.mechanism;
    subject.times.cold.push(await startSandboxed(stage, sandbox, subject));
    subject.times.bare.push(await startBare(stage, subject));
    subject.times.warm.push(await startSandboxed(stage, sandbox, subject));
    subject.times.bare.push(await startBare(stage, subject));
  });

  const figures = subjects.map(({ name, times }) => {
    const bare = median(times.bare);
    return { name, bare, cold: median(times.cold), warm: median(times.warm) };
  });
  return {
    tables: [
      {
        title: `Plugin start to the answer to tools/list (medians, ms; sandbox by ${mechanism}, set up in ${median(setUpMs).toFixed(0)} ms)`,
        columns: ['server', 'bare', 'sandboxed cold', 'sandboxed warm', 'cold ÷ bare', 'warm ÷ bare'],
        rows: figures.map(({ name, bare, cold, warm }) => [name, bare, cold, warm, cold / bare, warm / bare]),
      },
    ],
    targets: figures.map(({ name, bare, cold }) => ({
      name: `${name}: sandboxed cold start ÷ bare`,
      value: cold / bare,
      limit: 1.3,
      rule: 'at most' as const,
    })),
    data: { setUpMs, mechanism, subjects: subjects.map(({ name, times }) => ({ name, times })) },
  };
}

async function prepareSubjects(stage: Stage): Promise<readonly Subject[]> {
  const copy = join(stage.makeFolder('server'), 'echo-server.mjs');
  copyFileSync(echoServer, copy);
  const manifests = [
    manifestOf('echo', { command: 'node', args: [copy] }),
    manifestOf('server-memory', { command: 'node', args: [memoryServer] }),
    manifestOf('filesystem', { plugin: 'filesystem' }),
  ];
  const preparer = new Preparer({
    manifestsDir: stage.makeFolder('manifests'),
    pluginsDir,
    dataDir: stage.makeFolder('data'),
    workspaceDir: stage.makeFolder('workspace'),
    environment: process.env,
  });
  const subjects: Subject[] = [];
  for (const manifest of manifests) {
    const source = await preparer.prepare(manifest, { signal: stage.signal });
    if (source.kind !== 'process') throw new TypeError(`"${manifest.name}" is no process`);
    subjects.push({ name: manifest.name, manifest, source, times: { bare: [], cold: [], warm: [] } });
  }
  return subjects;
}

function manifestOf(name: string, source: object): Manifest {
  return { ...manifestSchema.parse({ source }), name, prefix: name };
}

async function startSandboxed(stage: Stage, sandbox: Sandbox, subject: Subject): Promise<number> {
  const { manifest, source } = subject;
  const { command, args, cwd, packageDirs } = source;
  const started = performance.now();
  await using child = await sandbox.launch({
    plugin: manifest.name,
    isolation: manifest.isolation,
    command,
    args,
    cwd,
    isFirstParty: false,
    packageDirs,
    env: environmentOf(stage, source),
    dataDir: stage.makeFolder('data', 'plugins', manifest.name),
    permissions: { ...manifest.permissions, fs: { read: [], write: [stage.makeFolder('workspace')] } },
    limits: manifest.limits,
  });
  child.stderr.resume();
  return await untilListed(stage, child, started);
}

async function startBare(stage: Stage, { source }: Subject): Promise<number> {
  const { args, cwd } = source;
  const command = source.command === 'node' ? process.execPath : source.command;
  const started = performance.now();
  const actor = stage.start(command, args, { cwd, piped: true, env: environmentOf(stage, source) });
  try {
    return await untilListed(stage, actor.pipes(), started);
  } finally {
    await actor.end();
  }
}

function environmentOf(stage: Stage, source: PreparedProcess): Record<string, string> {
  return { NEXUS_WORKSPACE: stage.makeFolder('workspace'), ...source.env };
}

async function untilListed(
  stage: Stage,
  pipes: ConstructorParameters<typeof StdioCaller>[0],
  startedMs: number,
): Promise<number> {
  const caller = new StdioCaller(pipes, '');
  const late = AbortSignal.any([stage.signal, AbortSignal.timeout(listMs)]);
  late.addEventListener('abort', () => caller.close(), { once: true });
  await caller.open();
  const answer = await caller.list();
  const tookMs = performance.now() - startedMs;
  if (!answer.includes('"tools":[{')) throw new Error(`no tools: ${answer.slice(0, 300)}`);
  return tookMs;
}
