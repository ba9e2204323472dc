import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { z } from 'zod';

/** A process of the same user with things worth stealing, in Python because that knows where its memory is. */
const VICTIM = `
import ctypes, json, os, sys, tempfile
secret = ctypes.create_string_buffer(os.environ['SECRET'].encode())
hidden = tempfile.TemporaryFile()
hidden.write(os.environ['SECRET'].encode()); hidden.flush()
print(json.dumps({'address': ctypes.addressof(secret), 'fd': hidden.fileno()}), flush=True)
for line in sys.stdin: print(json.dumps(secret.value.decode('latin1')), flush=True)
`;
const readySchema = z.object({ address: z.number(), fd: z.number() });

/** Stands for the kernel where a failed defence would end or change it. */
export class Victim implements AsyncDisposable {
  readonly pid: number;
  /** Where its secret lies in its memory. */
  readonly address: number;
  /** A file without a name that holds its secret. */
  readonly fd: number;
  readonly #child: ChildProcess;
  readonly #ask: () => Promise<string>;

  private constructor(
    child: ChildProcess,
    ready: { readonly address: number; readonly fd: number },
    ask: () => Promise<string>,
  ) {
    this.pid = child.pid ?? 0;
    this.address = ready.address;
    this.fd = ready.fd;
    this.#child = child;
    this.#ask = ask;
  }

  static async start(secret: string): Promise<Victim> {
    const child = spawn('/usr/bin/python3', ['-c', VICTIM, `argument-${secret}`], {
      env: { SECRET: secret },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout });
    const next = async (): Promise<unknown> => {
      const [line]: unknown[] = await once(lines, 'line');
      return JSON.parse(String(line));
    };
    const ready = readySchema.parse(await next());
    return new Victim(child, ready, async () => {
      const answer = next();
      child.stdin.write('?\n');
      return z.string().parse(await answer);
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What its secret is by now. */
  secret(): Promise<string> {
    return this.#ask();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isAlive) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
