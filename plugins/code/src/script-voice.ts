import { bounds } from './bounds.ts';
import { faultCodeSchema } from './faults.ts';
import { consoleLineSchema, type ScriptEvent } from './job.ts';

const levelSchema = consoleLineSchema.shape.level;

/** Passes on what a script tells, within bounds; nothing after its result or failure. */
export class ScriptVoice {
  readonly #tell: (event: ScriptEvent) => void;
  #lines = 0;
  #chars = 0;
  #dropped = 0;
  #hasEnded = false;

  constructor(tell: (event: ScriptEvent) => void) {
    this.#tell = tell;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Answers whether there is no room for more. */
  console(level: unknown, words: unknown): boolean {
    const parsed = levelSchema.safeParse(level);
    const whole = String(words);
    const text = clip(whole, bounds.consoleLine);
    this.#lines += 1;
    this.#chars += text.length;
    const isFull = this.#lines > bounds.consoleLines || this.#chars > bounds.console;
    if (isFull) this.#dropped += 1;
    else this.#tell({ kind: 'console', line: { level: parsed.data ?? 'log', text } });
    if (isFull && this.#dropped === 1) this.#tell({ kind: 'full' });
    return isFull;
  }

  result(json: string): void {
    if (json.length > bounds.result) {
      this.fail(
        'RESULT_TOO_LARGE',
        `The result has ${json.length} characters of JSON, ${bounds.result} is the most`,
      );
    } else this.#end({ kind: 'result', json });
  }

  fail(code: unknown, what: unknown, trace: unknown = ''): void {
    const details = String(trace)
      .slice(0, bounds.error)
      .split('\n')
      .filter((line) => line.includes('script.js'));
    const known = faultCodeSchema.safeParse(code).data ?? 'SCRIPT_FAILED';
    this.#end({ kind: 'failure', code: known, what: clip(String(what), bounds.error), details });
  }

  #end(event: ScriptEvent): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#tell(event);
  }
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length - limit} more characters)`;
}
