/** What a hostile script tries, what must come of it, and the ordinary use of the same thing, which must work. */
export interface Attack {
  readonly name: string;
  readonly source: string;
  /** The error it ends with. */
  readonly ends?: 'time' | 'memory' | 'either' | 'crash or memory' | RegExp;
  /** What it gets instead of what it wanted. */
  readonly gets?: unknown;
  readonly ordinary: readonly [source: string, result: unknown];
}

/** Wherever a constructor comes from, the functions it makes see the isolate and nothing of Node. */
const NODE = "'return typeof process + typeof require + typeof global'";
const nothingOfNode = 'undefined'.repeat(3);
const makesFunctions = ["return Function('return 6 * 7')()", 42] as const;

/** Getting at Node. */
export const ESCAPES: readonly Attack[] = [
  {
    name: 'the constructor of the constructor of this',
    source: `return this.constructor.constructor(${NODE})()`,
    gets: nothingOfNode,
    ordinary: makesFunctions,
  },
  {
    name: 'the constructor of a function of the host',
    source: `return crypto.randomUUID.constructor(${NODE})()`,
    gets: nothingOfNode,
    ordinary: ['return crypto.randomUUID().length', 36],
  },
  {
    name: 'the constructor of what a function of the host returned',
    source: `return structuredClone({}).constructor.constructor(${NODE})()`,
    gets: nothingOfNode,
    ordinary: ['return structuredClone({ a: [1] })', { a: [1] }],
  },
  {
    name: 'the constructor of an error of the host',
    source: `try { structuredClone(() => 1) } catch (error) { return error.constructor.constructor(${NODE})() }`,
    gets: nothingOfNode,
    ordinary: ['try { structuredClone(() => 1) } catch (error) { return error instanceof Error }', true],
  },
  {
    name: 'the functions on the stack of an error',
    source: `Error.prepareStackTrace = (_, frames) => frames.map((frame) => frame.getFunction() ?? frame.getThis());
      const seen = new Error('x').stack;
      return seen.map((value) => value?.constructor?.constructor?.(${NODE})()).filter((got) => got !== undefined && got !== '${nothingOfNode}')`,
    gets: [],
    ordinary: ["return new Error('x').stack.includes('script.js:1')", true],
  },
  {
    name: 'modules of Node',
    source: "return await import('node:fs')",
    ends: /^SCRIPT_FAILED: /,
    ordinary: ['return await Promise.resolve(1)', 1],
  },
  {
    name: 'WebAssembly, whose memory is not counted',
    source:
      "return [typeof WebAssembly, typeof (await (async () => globalThis.constructor.constructor('return this')())()).WebAssembly]",
    gets: ['undefined', 'undefined'],
    ordinary: ['return typeof Math', 'object'],
  },
  {
    name: 'the end of the function the source stands in',
    source: `}); globalThis.x = ${NODE}; (async () => { return Function(x)()`,
    gets: nothingOfNode,
    ordinary: ['{ } return 1', 1],
  },
];

/** Never ending. */
export const LOOPS: readonly Attack[] = [
  {
    name: 'an endless loop',
    source: 'for (;;);',
    ends: 'time',
    ordinary: ['for (let i = 0; i < 1e5; i++); return 1', 1],
  },
  {
    name: 'an endless chain of promises',
    source: 'for (;;) await 0',
    ends: 'time',
    ordinary: ['for (let i = 0; i < 1e3; i++) await 0; return 1', 1],
  },
  {
    name: 'a flood of promises',
    source: 'const f = () => Promise.resolve().then(() => { f(); f(); }); f(); await new Promise(() => {})',
    ends: 'either',
    ordinary: ['return (await Promise.all([1, 2].map(async (n) => n * 2)))', [2, 4]],
  },
  {
    name: 'a regular expression that backtracks for ever',
    source: 'return /^(a+)+$/.test("a".repeat(50) + "b")',
    ends: 'time',
    ordinary: ['return /^(a+)+$/.test("aaaa")', true],
  },
  {
    name: 'a function of V8 that cannot be interrupted',
    source: 'return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)',
    ends: 'time',
    ordinary: ['return [3, 1].indexOf(1)', 1],
  },
  {
    name: 'numbers without end',
    source: 'let x = 2n ** 1000000n; for (;;) x = x * x',
    ends: 'either',
    ordinary: ['return String(2n ** 64n)', '18446744073709551616'],
  },
  {
    name: 'waiting for another thread',
    source: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)',
    ends: 'time',
    ordinary: ['return Atomics.add(new Int32Array(8), 0, 1)', 0],
  },
  {
    name: 'a getter of the result that never returns',
    source: 'return { get x() { for (;;); } }',
    ends: 'time',
    ordinary: ['return { get x() { return 1 } }', { x: 1 }],
  },
  {
    name: 'an error whose words never come',
    source: 'throw Object.defineProperty(new Error(), "message", { get() { for (;;); } })',
    ends: 'time',
    ordinary: ['try { throw new Error("x") } catch ({ message }) { return message }', 'x'],
  },
  {
    name: 'a flood of words',
    source: 'for (;;) console.log("x".repeat(1000))',
    ends: 'time',
    ordinary: ['console.log("x"); return 1', 1],
  },
];

/** Using up memory. */
export const BOMBS: readonly Attack[] = [
  {
    name: 'arrays without end',
    source: 'const hoard = []; for (;;) hoard.push(new Array(1e5).fill(hoard.length))',
    ends: 'memory',
    ordinary: ['return new Array(1e5).fill(1).length', 100_000],
  },
  {
    name: 'array buffers, which lie outside of the heap',
    source: 'const hoard = []; for (;;) hoard.push(new Uint8Array(2 ** 21).fill(1))',
    ends: 'memory',
    ordinary: ['return new Uint8Array(2 ** 21).fill(1).length', 2_097_152],
  },
  {
    name: 'an array buffer that grows, which V8 does not count',
    source:
      'const b = new ArrayBuffer(8, { maxByteLength: 2 ** 30 }); b.resize(2 ** 30); new Uint8Array(b).fill(1); for (;;);',
    ends: 'crash or memory',
    ordinary: ['const b = new ArrayBuffer(8, { maxByteLength: 64 }); b.resize(32); return b.byteLength', 32],
  },
  {
    name: 'a giant string, written out',
    source:
      'const s = "ab".repeat(2 ** 27); const hoard = []; for (let i = 0; ; i++) { const t = s + i; /x$/.test(t); hoard.push(t) }',
    ends: 'crash or memory',
    ordinary: ['return "ab".repeat(2 ** 10).length', 2048],
  },
  {
    name: 'a size at which V8 ends the whole process',
    source: 'return "a".repeat(2 ** 28).split("").length',
    ends: 'crash or memory',
    ordinary: ['return "abc".split("")', ['a', 'b', 'c']],
  },
  {
    name: 'a map at its limit, where V8 runs out of memory in the midst of its own work',
    source: 'const m = new Map(); for (let i = 0; ; i++) m.set(i, i)',
    ends: 'crash or memory',
    ordinary: ['return new Map([[1, 2]]).get(1)', 2],
  },
  {
    name: 'a giant argument of a function of the host',
    source: 'return nexus.sha256("é".repeat(2 ** 28))',
    ends: 'crash or memory',
    ordinary: ['return nexus.sha256("").slice(0, 8)', 'e3b0c442'],
  },
  {
    name: 'functions of the host called from within their own arguments, for ever',
    source: 'const deep = () => structuredClone({ get next() { return deep() } }); return deep()',
    ends: /^(?:SCRIPT_FAILED|SCRIPT_CRASHED|MEMORY_LIMIT): /,
    ordinary: ['return structuredClone({ get a() { return structuredClone({ b: 1 }) } })', { a: { b: 1 } }],
  },
  {
    name: 'recursion',
    source: 'const f = () => f(); f()',
    ends: /^SCRIPT_FAILED: RangeError: Maximum call stack size exceeded/,
    ordinary: ['const f = (n) => n === 0 ? 0 : 1 + f(n - 1); return f(1000)', 1000],
  },
  {
    name: 'a giant result',
    source: 'return "x".repeat(2e6)',
    ends: /^RESULT_TOO_LARGE: The result has 2000002 characters of JSON, 1048576 is the most\. Return a summary/,
    ordinary: ['return "x".repeat(1e6).length', 1_000_000],
  },
  {
    name: 'a result deeper than anyone can read',
    source: 'let a = []; for (let i = 0; i < 2000; i++) a = [a]; return a',
    ends: /^RESULT_NOT_JSON: The result is nested deeper than 64 levels\./,
    ordinary: ['let a = []; for (let i = 0; i < 50; i++) a = [a]; return JSON.stringify(a).length', 102],
  },
];

/** Leaving something for the next script, or lying about the result. Each gets what it asks for, and the next one does not. */
export const TRACES: readonly Attack[] = [
  {
    name: 'a changed prototype',
    source: 'Object.prototype.polluted = 1; Array.prototype.map = () => "mine"; return {}.polluted',
    gets: 1,
    ordinary: ['return [{}.polluted ?? null, [1].map((n) => n + 1)]', [null, [2]]],
  },
  {
    name: 'changed built-ins that this plugin uses itself',
    source: `Promise.prototype.then = () => 0; JSON.stringify = () => '"mine"'; Promise.resolve = null;
      globalThis.console = null; String.prototype.toString = () => 'mine'; return { a: 'b' }`,
    gets: { a: 'b' },
    ordinary: ["console.log('x'); return JSON.stringify({ a: 'b' })", '{"a":"b"}'],
  },
  {
    name: 'a global',
    source: 'globalThis.left = 1; return globalThis.left',
    gets: 1,
    ordinary: ['return typeof left', 'undefined'],
  },
];

/** The words an attack must end with. */
export function endOf({ ends }: Attack): RegExp | undefined {
  if (ends === 'time') return /^TIME_LIMIT: It did not end within \d+ ms\. Look for an endless loop/;
  if (ends === 'memory') return /^MEMORY_LIMIT: .*\. Hold less data at the same time, or raise "memoryMb"\./;
  if (ends === 'either') return /^(?:TIME|MEMORY)_LIMIT: /;
  if (ends === 'crash or memory') return /^(?:MEMORY_LIMIT|SCRIPT_CRASHED): /;
  return ends;
}

/** Time for attacks that only time ends; the others have as much as there is, so that a slow machine changes nothing. */
export function timeoutOf({ ends }: Attack): number {
  return ends === 'time' || ends === 'either' ? 500 : 60_000;
}
