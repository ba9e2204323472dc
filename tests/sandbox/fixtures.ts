import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { z } from 'zod';
import type { Limits, Permissions } from '../../runtime/contract/manifest.ts';
import type { LaunchSpec, PluginProcess, Sandbox } from '../../runtime/contract/sandbox.ts';
import { createSandbox, type SandboxOptions } from '../../runtime/sandbox/index.ts';

/**
 * tap adds a loader of its own to the environment of every child, through this package. What a plugin gets in its
 * environment is what is tested here.
 */
const onSpawn = z
  .object({ removeAllListeners: z.function() })
  .parse(createRequire(import.meta.url)('process-on-spawn'));
onSpawn.removeAllListeners();

/** Every way a plugin can be started as a process, by the name that forces it. */
export const MECHANISMS = ['bubblewrap', 'namespaces', 'landlock'] as const;
export type ForcedMechanism = (typeof MECHANISMS)[number] | 'none';

export function isMechanism(name: unknown): name is (typeof MECHANISMS)[number] {
  return MECHANISMS.some((mechanism) => mechanism === name);
}

/** A plugin that evaluates what it is sent: `{"id":1,"code":"return 1"}` answers `{"id":1,"value":1}`. */
const PUPPET = `
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
const AsyncFunction = (async () => {}).constructor;
const require = createRequire(import.meta.url);
for await (const line of createInterface({ input: process.stdin })) {
  const { id, code } = JSON.parse(line);
  const answer = (result) => process.stdout.write(JSON.stringify({ id, ...result }) + '\\n');
  new AsyncFunction('require', code)(require).then(
    (value) => answer({ value: value ?? null }),
    (error) => answer({ error: String(error?.code ?? error?.message ?? error) }),
  );
}
`;

/** The same in Python, which has raw system calls through ctypes. */
const PYTHON_PUPPET = `
import ctypes, json, os, sys, traceback
libc = ctypes.CDLL(None, use_errno=True)
def syscall(*arguments):
    result = libc.syscall(*[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])
    if result < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
for line in sys.stdin:
    request = json.loads(line)
    scope = {'syscall': syscall, 'ctypes': ctypes, 'libc': libc}
    try:
        exec(request['code'], scope)
        answer = {'value': scope.get('result')}
    except BaseException as error:
        answer = {'error': getattr(error, 'strerror', None) or repr(error)}
    sys.stdout.write(json.dumps({'id': request['id'], **answer}) + '\\n')
    sys.stdout.flush()
`;

const answerSchema = z.object({
  id: z.number(),
  value: z.unknown().optional(),
  error: z.string().optional(),
});

/** What a puppet answered. */
export type Answer = Omit<z.infer<typeof answerSchema>, 'id'>;

/** A running puppet. */
export class Puppet implements AsyncDisposable {
  readonly process: PluginProcess;
  readonly #lines: Interface;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;
  #lastWords = '';

  constructor(process: PluginProcess) {
    this.process = process;
    this.#lines = createInterface({ input: process.stdout });
    this.#lines.on('line', (line) => {
      const { id, ...answer } = answerSchema.parse(JSON.parse(line));
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
    process.stderr.on('data', (chunk: Buffer) => {
      this.#lastWords += chunk.toString();
    });
  }

  /** Evaluates `code`; an error there, or the end of the process, is an answer too. */
  async run(code: string): Promise<Answer> {
    this.#count += 1;
    const id = this.#count;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.process.stdin.write(`${JSON.stringify({ id, code })}\n`);
    const ended = this.process.exited.then(({ code: exitCode, signal }): Answer => ({
      error: `ended: ${signal ?? exitCode} ${this.#lastWords}`,
    }));
    return Promise.race([answered, ended]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
    this.#lines.close();
  }
}

/** What a test changes in a launch. */
export type SpecChange = Partial<Omit<LaunchSpec, 'permissions' | 'limits'>> & {
  readonly permissions?: Partial<Permissions>;
  readonly limits?: Partial<Limits>;
};

/** A launch of the Node puppet in `pluginDir` with no permissions but what `change` gives. */
export function puppetSpec(
  { dataDir, pluginDir }: { readonly dataDir: string; readonly pluginDir: string },
  change: SpecChange = {},
): LaunchSpec {
  const { permissions, limits, ...rest } = change;
  return {
    plugin: 'puppet',
    isolation: 'sandbox',
    command: 'node',
    args: [join(pluginDir, 'puppet.mjs')],
    cwd: pluginDir,
    env: {},
    isFirstParty: false,
    packageDirs: [pluginDir],
    dataDir: join(dataDir, 'plugins', 'puppet'),
    ...rest,
    permissions: { fs: { read: [], write: [] }, net: [], env: [], exec: false, ...permissions },
    limits: {
      memoryMb: 256,
      pids: 64,
      timeoutMs: 60_000,
      concurrency: 64,
      outputBytes: 10_485_760,
      ...limits,
    },
  };
}

/** A temporary kernel: a data directory, a plugin's package and a place outside of both. */
export class Stage implements AsyncDisposable {
  readonly root: string;
  readonly dataDir: string;
  readonly pluginDir: string;
  /** Readable and writable for this process, granted to nobody. */
  readonly outside: string;
  readonly #resources = new AsyncDisposableStack();

  private constructor(root: string) {
    this.root = root;
    this.dataDir = join(root, 'data');
    this.pluginDir = join(root, 'plugin');
    this.outside = join(root, 'outside');
    this.#resources.defer(() => rm(root, { recursive: true, force: true }));
  }

  static async open(): Promise<Stage> {
    const stage = new Stage(await realpath(await mkdtemp(join(tmpdir(), 'nexus-test-'))));
    for (const directory of [stage.dataDir, stage.pluginDir, stage.outside]) await mkdir(directory);
    await writeFile(join(stage.pluginDir, 'puppet.mjs'), PUPPET);
    await writeFile(join(stage.pluginDir, 'puppet.py'), PYTHON_PUPPET);
    return stage;
  }

  /** A sandbox that ends with the stage. */
  async sandbox(forceMechanism: ForcedMechanism, change: Partial<SandboxOptions> = {}): Promise<Sandbox> {
    return this.#resources.use(
      await createSandbox({
        dataDir: this.dataDir,
        protectedPaths: [],
        allowUnsandboxed: forceMechanism === 'none',
        forceMechanism,
        ...change,
      }),
    );
  }

  /** A launch of the Node puppet with no permissions but what `change` gives. */
  spec(change: SpecChange = {}): LaunchSpec {
    return puppetSpec(this, { isFirstParty: true, ...change });
  }

  /** A launch of the Python puppet, which sees the whole of /usr. */
  pythonSpec(change: SpecChange = {}): LaunchSpec {
    return this.spec({ command: '/usr/bin/python3', args: [join(this.pluginDir, 'puppet.py')], ...change });
  }

  async puppet(sandbox: Sandbox, spec: LaunchSpec = this.spec()): Promise<Puppet> {
    return this.#resources.use(new Puppet(await sandbox.launch(spec)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
