import ivm from 'isolated-vm';
import { hostFunctions } from './host-functions.ts';
import type { Job } from './job.ts';
import { installConsole, installPlatform, installUrl, makeStart } from './prelude.ts';
import type { ScriptVoice } from './script-voice.ts';

const OUT_OF_MEMORY = /memory limit|^RangeError: Array buffer allocation failed/;

/**
 * Runs a script in an isolate of its own and tells `voice` how it went. The isolate works in another thread, so this
 * one stays free to watch it. Never returns when the script never does.
 */
export async function runInIsolate(job: Job, voice: ScriptVoice): Promise<void> {
  const tellMemory = (): void =>
    voice.fail('MEMORY_LIMIT', `It needs more than ${job.memoryMb} MB of memory`);
  // Out of memory in the midst of V8's own work, the thread of the isolate never goes on.
  const isolate = new ivm.Isolate({ memoryLimit: job.memoryMb, onCatastrophicError: tellMemory });
  const context = await isolate.createContext();
  const door = (name: string, ...args: readonly unknown[]): unknown => callHost(voice, name, args);
  for (const install of [installConsole, installPlatform, installUrl]) {
    await context.evalClosure(`(${install.toString()})($0)`, [door]);
  }
  const start = await context.evalClosure(`return (${makeStart.toString()})($0)`, [door], {
    result: { reference: true },
  });
  try {
    const script = await compile(isolate, job.source);
    const main = await script.run(context, { reference: true });
    await start.apply(undefined, [main.derefInto(), job.input]);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    if (OUT_OF_MEMORY.test(message)) tellMemory();
    else voice.fail(name === 'SyntaxError' ? 'SYNTAX_ERROR' : 'SCRIPT_FAILED', `${name}: ${message}`);
  }
  // Everything that was due has run, and nothing outside will ever wake the isolate again.
  if (!voice.hasEnded) voice.fail('NEVER_SETTLED', 'The script waits for a promise that nothing will settle');
}

/** The source is the body of an async function, and keeps its line numbers. */
async function compile(isolate: ivm.Isolate, source: string): Promise<ivm.Script> {
  return await isolate.compileScript(`(async (input) => {\n${source}\n})`, {
    filename: 'script.js',
    lineOffset: -1,
  });
}

function callHost(voice: ScriptVoice, name: string, args: readonly unknown[]): unknown {
  const [first, second, third] = args;
  if (name === 'console') return voice.console(first, second);
  if (name === 'result') voice.result(String(first));
  else if (name === 'failure') {
    const isMemory = OUT_OF_MEMORY.test(String(second));
    voice.fail(isMemory ? 'MEMORY_LIMIT' : first, second, third);
  } else if (Object.hasOwn(hostFunctions, name)) return hostFunctions[name]?.(...args);
  return undefined;
}
