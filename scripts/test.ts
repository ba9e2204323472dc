// Runs every test file as its own plain Node process: one line per file, every failure in full, and last of all
// "N passed, N failed". Of a whole run up to three files that fail are run once more, alone; one that passes then
// counts as passed and is named as flaky beneath the results, for whoever mends it. The files use tap as a library; its
// runner would load a module hook into every process the tests start, kernels and plugins included, and one file that
// exceeds its time would end the whole run.
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type FinalResults, Parser, type Result } from 'tap-parser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** CI has two processors, and files spend almost half of their time waiting for limits, health checks and back-offs. */
const JOBS = 4;
/**
 * The longest begin first, so that in the end none of them runs alone; of those that need the console one before the
 * others, which find it built then.
 */
const LONGEST = [
  'console/journeys',
  'scenario/import',
  'docs/plugin-guide',
  'security/resources',
  'console/pages',
  'security/unprivileged',
  'host/discover/packages/package-store',
  'chaos/turn-kills',
  'plugins/code/sandbox',
  'console/overview',
  'plugins/code/attacks',
  'edge/cli/commands',
].map((name) => `tests/${name}.test.ts`);
const FILE_TIMEOUT_MS = 300_000;
/** The time of a file's tests together, whatever they set themselves: it ends first and names the one that hangs. */
const TEST_TIMEOUT_S = 290;
/** CI gives install, checks and tests 15 minutes; what has not run by then counts as failed. */
const WHOLE_RUN_TIMEOUT_MS = 780_000;
/** More failed files than this are no accident of a busy machine. */
const MOST_RUN_AGAIN = 3;
/** Output of a failed file beyond this is cut at the front: the end tells what happened. */
const KEPT_OUTPUT_CHARS = 20_000;
/** Where Node keeps what it made of the sources: with it a small file takes 0.4 s of a processor, without it 0.9 s. */
const COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/nexus', import.meta.url));
const DULL_DIAGNOSTICS = new Set(['source', 'typeName', 'args', 'command', 'cwd', 'stdio', 'tapCaught']);

interface FileReport {
  readonly file: string;
  passed: number;
  /** Assertions that failed, and failures of the file as a whole. */
  readonly failures: { readonly name: string; readonly reason: string }[];
  readonly skips: string[];
  /** What the file wrote beside its results. */
  output: string;
  seconds: number;
}

function indent(text: string, by: string): string {
  return text.trimEnd().replaceAll(/^/gm, by);
}

function describeDiagnostics(diag: unknown): string {
  if (diag === null || typeof diag !== 'object') return '';
  return Object.entries(diag)
    .filter(([key]) => !DULL_DIAGNOSTICS.has(key))
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value.trimEnd() : JSON.stringify(value)}`)
    .join('\n');
}

/** Collects the assertions a file makes, at every depth. */
function collect(parser: Parser, report: FileReport): Promise<FinalResults> {
  const skip = (result: Result): void => {
    const reason = [result.skip, result.todo].find((value) => typeof value === 'string') ?? 'no reason given';
    report.skips.push(`${result.fullname}: ${reason}`);
  };
  parser.on('skip', skip);
  parser.on('todo', skip);
  parser.on('pass', () => {
    report.passed += 1;
  });
  parser.on('fail', (result: Result) => {
    report.failures.push({ name: result.fullname, reason: describeDiagnostics(result.diag) });
  });
  parser.on('extra', (text: string) => {
    keep(report, text);
  });
  return new Promise((resolve) => {
    parser.on('complete', resolve);
  });
}

function keep(report: FileReport, text: string): void {
  report.output = (report.output + text).slice(-KEPT_OUTPUT_CHARS);
}

/** Ends a test process with everything it left behind in its process group. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function runFile(file: string, signal: AbortSignal): Promise<FileReport> {
  const report: FileReport = { file, passed: 0, failures: [], skips: [], output: '', seconds: 0 };
  const startedMs = performance.now();
  const child = spawn(process.execPath, [file], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP_TIMEOUT: String(TEST_TIMEOUT_S), NODE_COMPILE_CACHE: COMPILE_CACHE },
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIMEOUT_MS)]);
  const onLimit = (): void => killGroup(child);
  limit.addEventListener('abort', onLimit, { once: true });
  const parser = new Parser({ name: file });
  const completed = collect(parser, report);
  child.stdout.pipe(parser);
  child.stderr.setEncoding('utf8').on('data', (text: string) => keep(report, text));
  const end = await new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, killedBy) => {
      killGroup(child);
      resolve(killedBy ?? (code === 0 ? '' : `exit code ${code}`));
    });
  });
  limit.removeEventListener('abort', onLimit);
  const results = await completed;
  judge(report, limit.aborted ? 'out of time' : end, results);
  report.seconds = (performance.now() - startedMs) / 1000;
  return report;
}

/** Adds what is wrong with the file as a whole, unless a failed assertion tells it already. */
function judge(report: FileReport, end: string, results: FinalResults): void {
  const fail = (reason: string): void => {
    report.failures.push({ name: report.file, reason });
  };
  if (report.failures.length > 0) return;
  if (end !== '') fail(`it ended with ${end}`);
  else if (!results.ok) fail(results.failures.map((failure) => describeDiagnostics(failure)).join('\n'));
  else if (report.passed === 0 && report.skips.length === 0) {
    const { skipAll, skipReason } = results.plan;
    if (skipAll && skipReason !== '' && skipReason !== 'no tests found') report.skips.push(skipReason);
    else fail('it makes no assertion');
  }
}

function print({ file, passed, failures, skips, output, seconds }: FileReport): void {
  const mark = failures.length === 0 ? 'ok    ' : 'FAILED';
  const counts = `${passed} passed, ${failures.length} failed, ${skips.length} skipped`;
  const lines = [`${mark} ${file} (${counts}, ${seconds.toFixed(1)} s)`];
  for (const skip of skips) lines.push(`    skipped: ${skip}`);
  for (const { name, reason } of failures) lines.push(`    not ok: ${name}`, indent(reason, '      '));
  if (failures.length > 0 && output !== '') lines.push('    its output:', indent(output, '      '));
  process.stdout.write(`${lines.join('\n')}\n`);
}

const wanted = process.argv.slice(2);
const found = globSync('tests/**/*.test.ts', { cwd: ROOT }).sort();
const isLong = (file: string): boolean => LONGEST.includes(file);
const all = [...LONGEST.filter((file) => found.includes(file)), ...found.filter((file) => !isLong(file))];
const waiting = wanted.length > 0 ? [...wanted] : all;
const reports: FileReport[] = [];
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
const deadline = AbortSignal.any([interrupted.signal, AbortSignal.timeout(WHOLE_RUN_TIMEOUT_MS)]);

async function work(): Promise<void> {
  for (let file = waiting.shift(); file !== undefined && !deadline.aborted; file = waiting.shift()) {
    const report = await runFile(file, deadline);
    print(report);
    reports.push(report);
  }
}

const hasFailed = (report: FileReport): boolean => report.failures.length > 0;

/** Runs what failed once more, by itself; answers the files that pass then. */
async function runAgain(): Promise<string[]> {
  const failed = reports.filter(hasFailed);
  if (wanted.length > 0 || failed.length > MOST_RUN_AGAIN) return [];
  const flaky: string[] = [];
  for (const first of failed) {
    if (deadline.aborted) break;
    process.stdout.write(`again: ${first.file}\n`);
    const second = await runFile(first.file, deadline);
    print(second);
    if (hasFailed(second)) continue;
    reports.splice(reports.indexOf(first), 1, second);
    flaky.push(first.file);
  }
  return flaky;
}

await Promise.all(Array.from({ length: JOBS }, work));
const flaky = await runAgain();
const sum = (count: (report: FileReport) => number): number =>
  reports.reduce((counted, report) => counted + count(report), 0);
const total = {
  passed: sum((report) => report.passed),
  failed: sum((report) => report.failures.length),
  skipped: sum((report) => report.skips.length),
};
if (waiting.length > 0) {
  process.stdout.write(`FAILED, never run: ${waiting.join(', ')}\n`);
  total.failed += waiting.length;
}
if (total.passed + total.failed === 0) {
  process.stdout.write('FAILED: no test was run\n');
  total.failed += 1;
}
for (const file of flaky) process.stdout.write(`FLAKY, passed when run again alone: ${file}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
