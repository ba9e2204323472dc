/**
 * These functions are not called here: their text is evaluated inside the isolate, before the script. So they may use
 * nothing but what JavaScript itself has and `host`, the one function that leads out. A script may replace whatever it
 * sees, these included: then it deceives itself. What must hold is checked behind `host`.
 */
interface Host {
  /** Answers whether there is no room for more. */
  (name: 'console', level: string, text: string): boolean;
  (name: 'encode' | 'atob' | 'btoa' | 'decode' | 'clone' | 'sha256', value: unknown): unknown;
  (name: 'randomUUID'): string;
  (name: 'parseQuery', text: string): readonly Pair[];
  (name: 'parseUrl', text: string, base: string | undefined): UrlParts | null;
  (name: 'result', json: string): void;
  (name: 'failure', code: string, what: string, trace: string): void;
}
type Pair = readonly [name: string, value: string];
type Script = (input: unknown) => unknown;
type UrlParts = Readonly<Record<'href' | 'search', string>>;

/** The console: lines go out as text until the host says that it has enough. */
export function installConsole(host: Host): void {
  const { stringify } = JSON;
  const show = (value: unknown): string => {
    if (typeof value === 'string') return value;
    try {
      if (value instanceof Error) return `${value.name}: ${value.message}`;
      const json = typeof value === 'bigint' ? `${value}n` : stringify(value);
      return json ?? String(value);
    } catch {
      return Object.prototype.toString.call(value);
    }
  };
  let isFull = false;
  const write =
    (level: string) =>
    (...values: readonly unknown[]): void => {
      if (!isFull) isFull = host('console', level, values.map(show).join(' '));
    };
  const levels = ['debug', 'log', 'info', 'warn', 'error'];
  const entries = levels.map((level) => [level, write(level)] as const);
  Object.assign(globalThis, { console: Object.fromEntries(entries) });
}

/** What scripts expect of every JavaScript host and the language does not have; all of it pure. */
export function installPlatform(host: Host): void {
  class TextEncoder {
    readonly encoding = 'utf-8';
    encode(text: unknown = ''): unknown {
      return host('encode', String(text));
    }
  }
  class TextDecoder {
    readonly encoding = 'utf-8';
    decode(bytes: unknown = new Uint8Array()): unknown {
      return host('decode', bytes);
    }
  }
  const globals = {
    TextEncoder,
    TextDecoder,
    atob: (text: unknown) => host('atob', String(text)),
    btoa: (text: unknown) => host('btoa', String(text)),
    structuredClone: (value: unknown) => host('clone', value),
    crypto: { randomUUID: () => host('randomUUID') },
    nexus: { sha256: (data: unknown) => host('sha256', data) },
  };
  Object.assign(globalThis, globals);
  // V8's memory limit does not count its memory.
  Reflect.deleteProperty(globalThis, 'WebAssembly');
}

/** Reading URLs. */
export function installUrl(host: Host): void {
  class URLSearchParams {
    readonly #pairs: readonly Pair[];
    constructor(text: unknown = '') {
      this.#pairs = host('parseQuery', String(text));
    }
    get(name: string): string | null {
      return this.getAll(name)[0] ?? null;
    }
    getAll(name: string): string[] {
      return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
    }
    has(name: string): boolean {
      return this.#pairs.some(([key]) => key === name);
    }
    toString(): string {
      return this.#pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
    }
    [Symbol.iterator](): Iterator<Pair> {
      return this.#pairs[Symbol.iterator]();
    }
  }
  class URL {
    readonly href: string = '';
    readonly searchParams: URLSearchParams;
    constructor(text: unknown, base?: string | URL) {
      const parts = host('parseUrl', String(text), base?.toString());
      if (parts === null) throw new TypeError(`Invalid URL: ${String(text)}`);
      Object.assign(this, parts);
      this.searchParams = new URLSearchParams(parts.search);
      Object.freeze(this);
    }
    toString(): string {
      return this.href;
    }
    toJSON(): string {
      return this.href;
    }
  }
  Object.assign(globalThis, { URL, URLSearchParams });
}

/** Answers what runs a script: it tells `result` or `failure` once, as soon as the script's promise settles. */
export function makeStart(host: Host): (script: Script | undefined, input: string) => void {
  const { stringify, parse } = JSON;
  const describe = (error: unknown): [what: string, trace: string] => {
    try {
      if (!(error instanceof Error)) return [`it threw ${stringify(error) ?? String(error)}`, ''];
      return [`${error.name}: ${error.message}`, String(error.stack)];
    } catch {
      return ['it threw something that cannot be shown', ''];
    }
  };
  const run = async (script: Script, input: unknown): Promise<void> => {
    let value: unknown;
    try {
      value = await script(input);
    } catch (error) {
      host('failure', 'SCRIPT_FAILED', ...describe(error));
      return;
    }
    try {
      const json = value === undefined ? 'null' : stringify(value);
      if (json === undefined) host('failure', 'RESULT_NOT_JSON', `The result is a ${typeof value}`, '');
      else host('result', json);
    } catch (error) {
      host('failure', 'RESULT_NOT_JSON', `The result cannot be written as JSON: ${describe(error)[0]}`, '');
    }
  };
  return (script, input) => {
    if (typeof script === 'function') void run(script, parse(input));
    else host('failure', 'SYNTAX_ERROR', 'The source does not end where its function ends', '');
  };
}
