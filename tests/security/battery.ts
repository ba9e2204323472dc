import { randomUUID } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { NexusError } from '../../runtime/base/errors.ts';
import type { Enforcement, LaunchSpec, PluginProcess, Sandbox } from '../../runtime/contract/sandbox.ts';
import type { DoorSettings } from '../../runtime/sandbox/network-door.ts';
import { type Answer, MECHANISMS, Puppet, type SpecChange, Stage } from '../sandbox/fixtures.ts';
import { Victim } from './victim.ts';

type Mechanism = (typeof MECHANISMS)[number];

/** What one run of an attempt finds on the machine. */
export class Scene implements AsyncDisposable {
  /** Occurs nowhere but in what the plugin must not get at. */
  readonly nonce = `nonce-${randomUUID()}`;
  /** A directory outside of everything the plugin has. */
  readonly outside: string;
  /** A file in it, with the nonce. */
  readonly secret: string;
  readonly stage: Stage;
  /** The plugin's own data directory. */
  readonly dataDir: string;
  readonly resources = new AsyncDisposableStack();

  private constructor(stage: Stage) {
    this.stage = stage;
    this.outside = join(stage.outside, randomUUID());
    this.secret = join(this.outside, 'secret');
    this.dataDir = stage.spec().dataDir;
  }

  static async open(stage: Stage): Promise<Scene> {
    const scene = new Scene(stage);
    await mkdir(scene.outside);
    await writeFile(scene.secret, scene.nonce);
    return scene;
  }

  async victim(): Promise<Victim> {
    return this.resources.use(await Victim.start(this.nonce));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.resources.disposeAsync();
  }
}

/** What the plugin runs, and how to see from outside whether it got what it wanted. */
export interface Aim {
  readonly code: string;
  readonly happened: (answer: Answer, plugin: PluginProcess) => boolean | Promise<boolean>;
  /** Set where the effect comes a moment after the answer: it is looked for again for a while. */
  readonly comesLate?: boolean;
}

/** An effect that must come may take its time on a busy machine; one that must not would come within microseconds. */
const PATIENCE_MS = { expected: 5_000, unexpected: 50 } as const;

/** One attempt to get out. */
export interface Attempt {
  readonly name: string;
  readonly dimension: keyof Enforcement;
  /** Python for what Node has no call for. */
  readonly language?: 'node' | 'python';
  /** What the plugin is granted in every run. */
  readonly base?: (scene: Scene) => SpecChange;
  readonly aim: (scene: Scene) => Aim | Promise<Aim>;
  /** What lets the same attempt succeed. When nothing can, it must succeed without a sandbox. */
  readonly grant?: (scene: Scene) => SpecChange;
  /** Names of mechanisms that do not claim to stop it, with the reason. */
  readonly unclaimed?: Partial<Record<Mechanism, string>>;
  /** Names of mechanisms where the grant has no effect, with the reason. */
  readonly ineffective?: Partial<Record<Mechanism, string>>;
  /** Why the machine at hand cannot show that it succeeds without a sandbox; null when it can. */
  readonly uncontrolled?: () => string | null | Promise<string | null>;
}

export interface BatteryOptions {
  /** Resolver and addresses of the egress proxies; nothing leaves loopback. */
  readonly egress?: DoorSettings;
}

/** Runs every attempt behind every mechanism, and where it must succeed. */
export async function runBattery(attempts: readonly Attempt[], options: BatteryOptions = {}): Promise<void> {
  const hasPython = await access('/usr/bin/python3').then(
    () => true,
    () => false,
  );
  const runnable = attempts.filter((attempt) => hasPython || attempt.language !== 'python');
  if (runnable.length < attempts.length)
    t.pass('attempts in Python', { skip: '/usr/bin/python3 is missing' });
  for (const mechanism of MECHANISMS) {
    await t.test(mechanism, async (test) => {
      await using stage = await Stage.open();
      const sandbox = await stage.sandbox(mechanism, { ...(options.egress && { egress: options.egress }) });
      if (sandbox.tier !== 'sandbox') {
        test.pass(mechanism, { skip: reasonAgainst(sandbox, mechanism) });
        return;
      }
      for (const attempt of runnable) {
        await test.test(attempt.name, (check) => runConfined(check, attempt, mechanism, stage, sandbox));
      }
    });
  }
  await t.test('without a sandbox they succeed', async (test) => {
    await using stage = await Stage.open();
    const sandbox = await stage.sandbox('none');
    for (const attempt of runnable.filter(({ grant }) => grant === undefined)) {
      await test.test(attempt.name, async (check) => {
        const reason = await attempt.uncontrolled?.();
        if (typeof reason === 'string') check.pass('unsandboxed', { skip: reason });
        else await expectOutcome(check, attempt, stage, sandbox, 'unsandboxed', {});
      });
    }
  });
}

async function runConfined(
  check: Test,
  attempt: Attempt,
  mechanism: Mechanism,
  stage: Stage,
  sandbox: Sandbox,
): Promise<void> {
  const unclaimed = attempt.unclaimed?.[mechanism];
  if (unclaimed !== undefined) {
    check.pass('confined', { skip: unclaimed });
    return;
  }
  await expectOutcome(check, attempt, stage, sandbox, 'confined', {});
  const ineffective = attempt.ineffective?.[mechanism];
  if (ineffective !== undefined) check.pass('granted', { skip: ineffective });
  else if (attempt.grant) await expectOutcome(check, attempt, stage, sandbox, 'granted', attempt.grant);
}

async function expectOutcome(
  check: Test,
  attempt: Attempt,
  stage: Stage,
  sandbox: Sandbox,
  run: 'confined' | 'granted' | 'unsandboxed',
  grant: NonNullable<Attempt['grant']> | Record<string, never>,
): Promise<void> {
  await using scene = await Scene.open(stage);
  const aim = await attempt.aim(scene);
  const given = typeof grant === 'function' ? grant(scene) : {};
  const spec = specOf(attempt, stage, merge(attempt.base?.(scene) ?? {}, given), run);
  const plugin = await launchUnlessRefused(sandbox, spec);
  if (plugin === null) {
    check.pass('refused', { skip: 'landlock starts no plugin with sockets: see landlock-network.test.ts' });
    return;
  }
  await using puppet = new Puppet(plugin);
  const { enforcement } = puppet.process;
  if (run === 'confined' && enforcement[attempt.dimension] !== 'enforced') {
    check.pass('confined', {
      skip: `${attempt.dimension}: ${enforcement[attempt.dimension]} here, not enforced`,
    });
    return;
  }
  const answer = await puppet.run(aim.code);
  const patienceMs = run === 'confined' ? PATIENCE_MS.unexpected : PATIENCE_MS.expected;
  const deadline = performance.now() + (aim.comesLate === true ? patienceMs : 0);
  let happened = await aim.happened(answer, puppet.process);
  while (!happened && performance.now() < deadline) {
    await setTimeout(5);
    happened = await aim.happened(answer, puppet.process);
  }
  check.equal(happened, run !== 'confined', `${run}: ${JSON.stringify(answer).slice(0, 200)}`);
}

/** Null where the mechanism starts no such plugin, by its own word. */
async function launchUnlessRefused(sandbox: Sandbox, spec: LaunchSpec): Promise<PluginProcess | null> {
  try {
    return await sandbox.launch(spec);
  } catch (error) {
    if (
      sandbox.mechanism === 'landlock' &&
      error instanceof NexusError &&
      error.code === 'ISOLATION_UNAVAILABLE'
    )
      return null;
    throw error;
  }
}

function specOf(attempt: Attempt, stage: Stage, change: SpecChange, run: string): LaunchSpec {
  const isPython = attempt.language === 'python';
  const spec = isPython ? stage.pythonSpec(change) : stage.spec(change);
  if (run !== 'unsandboxed') return spec;
  // A Node named by its path gets no permission flags: nothing at all is in the way.
  return { ...spec, isolation: 'process', command: isPython ? spec.command : process.execPath };
}

function merge(base: SpecChange, grant: SpecChange): SpecChange {
  return {
    ...base,
    ...grant,
    permissions: { ...base.permissions, ...grant.permissions },
    limits: { ...base.limits, ...grant.limits },
  };
}

/** Why a mechanism does not work on this machine. */
export function reasonAgainst(sandbox: Sandbox, mechanism: string): string {
  return sandbox.probes.find((probe) => probe.mechanism === mechanism)?.reason ?? 'it is unknown here';
}

/** Whether an answer holds the nonce, however it was encoded. */
export function tells(answer: Answer, nonce: string): boolean {
  const text = JSON.stringify(answer);
  return text.includes(nonce) || text.includes(Buffer.from(nonce).toString('hex'));
}
