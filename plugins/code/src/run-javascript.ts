import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import { bounds, isTooDeep } from './bounds.ts';
import { ScriptFault } from './faults.ts';
import { consoleLineSchema } from './job.ts';
import type { MemorySlots } from './memory-slots.ts';
import { runScript, type ScriptResult } from './script-process.ts';

/** What the process of a script needs beside the memory of the script: Node itself, and what comes between two looks. */
const PROCESS_MB = 104;

const inputSchema = z.strictObject({
  source: z
    .string()
    .min(1)
    .max(bounds.source)
    .describe(
      'Body of an async function: "return" gives the result, "await" works. Example: return input.a + 1',
    ),
  input: z.unknown().optional().describe('Any JSON value; the script sees it as "input"'),
  timeoutMs: z.int().min(1).max(60_000).default(10_000).describe('Longest time the script may take'),
  cpuMs: z.int().min(1).max(60_000).optional().describe('Longest processor time, all its threads together'),
  memoryMb: z.int().min(8).max(512).default(64).describe('Memory the script may use'),
});
const outputSchema = z.object({
  result: z.unknown().describe('What the script returned; null when it returned nothing'),
  console: z.array(consoleLineSchema),
  consoleCut: z.boolean().describe('Whether lines of the console were left out'),
});
type Output = z.infer<typeof outputSchema>;

const description =
  'Runs JavaScript and gives back what it returns, as JSON. For calculations, dates, sorting, filtering, parsing, text and regular expressions. ' +
  'It has the language itself, console, input, URL, TextEncoder, TextDecoder, atob, btoa, structuredClone, crypto.randomUUID() and ' +
  'nexus.sha256(textOrBytes). It has no files, network, timers, modules or WebAssembly, and keeps nothing for the next run.';

/** Adds the tool `run_javascript`. */
export function registerRunJavascript(server: McpServer, slots: MemorySlots): void {
  server.registerTool(
    'run_javascript',
    {
      title: 'Run JavaScript',
      description,
      inputSchema,
      outputSchema,
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ source, input, timeoutMs, cpuMs, memoryMb }, context) => {
      const { signal } = context.mcpReq;
      const json = JSON.stringify(input ?? null);
      if (json.length > bounds.input) {
        throw new ScriptFault(
          'INPUT_TOO_LARGE',
          `"input" has ${json.length} characters of JSON, ${bounds.input} is the most`,
        );
      }
      using held = new DisposableStack();
      held.use(await slots.take(memoryMb + PROCESS_MB, signal));
      const output = outputOf(await runScript({ source, input: json, memoryMb, cpuMs }, timeoutMs, signal));
      return { content: [{ type: 'text', text: textOf(output) }], structuredContent: { ...output } };
    },
  );
}

function outputOf({ json, console, isConsoleCut }: ScriptResult): Output {
  if (isTooDeep(json)) {
    throw new ScriptFault('RESULT_NOT_JSON', `The result is nested deeper than ${bounds.resultDepth} levels`);
  }
  return { result: JSON.parse(json), console: [...console], consoleCut: isConsoleCut };
}

function textOf({ result, console, consoleCut }: Output): string {
  if (console.length === 0) return JSON.stringify(result);
  const lines = console.map(({ level, text }) => `[${level}] ${text}`);
  return [JSON.stringify(result), 'Console:', ...lines, ...(consoleCut ? ['(more was left out)'] : [])].join(
    '\n',
  );
}
