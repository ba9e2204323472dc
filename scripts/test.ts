// Runs tap and tells one line per test file, every failure in full, and last of all "N passed, N failed".
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { Parser, type Result } from 'tap-parser';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TAP = fileURLToPath(new URL('../node_modules/.bin/tap', import.meta.url));
/** CI gives install, checks and tests 15 minutes: a tap that hangs must end before that, with its count. */
const WHOLE_RUN_TIMEOUT_MS = 720_000;
/** Time for tap to end its test processes once it is told to. */
const GRACE_MS = 5_000;
/** Output of a failed file beyond this is cut at the front: the end tells what happened. */
const KEPT_OUTPUT_CHARS = 20_000;
const DULL_DIAGNOSTICS = new Set(['source', 'typeName', 'args', 'command', 'cwd', 'stdio', 'jobId']);

/** What is known of one test file while, and after, it runs. */
class FileReport {
  passed = 0;
  failed = 0;
  skipped = 0;
  output = '';
  readonly failures: Result[] = [];
  readonly skips: string[] = [];

  /** Counts the result of the file as a whole when nothing inside the file accounts for it. */
  close(result: Result): void {
    const hasRun = this.passed + this.failed > 0;
    if (result.ok && hasRun) return;
    if (hasRun && this.failed > 0) return;
    this.failed += 1;
    this.failures.push(result);
  }

  print(result: Result): void {
    const seconds = ((result.time ?? 0) / 1000).toFixed(1);
    const counts = `${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`;
    say(`${this.failed === 0 ? 'ok    ' : 'FAILED'} ${result.name} (${counts}, ${seconds} s)`);
    for (const skip of this.skips) say(`    skipped: ${skip}`);
    for (const failure of this.failures) {
      say(`    not ok: ${failure.fullname || failure.name}`);
      say(describeDiagnostics(failure.diag));
    }
    if (this.failed > 0 && this.output !== '') say(`    its output:\n${indent(this.output)}`);
  }
}

const total = { passed: 0, failed: 0, skipped: 0 };

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '      ');
}

function describeDiagnostics(diag: unknown): string {
  if (diag === null || typeof diag !== 'object') return '      no assertion was made';
  const told = Object.entries(diag)
    .filter(([key]) => !DULL_DIAGNOSTICS.has(key))
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return indent(told.join('\n'));
}

/** Follows the whole run; what remains in `awaited` at the end never reported. */
function follow(parser: Parser, awaited: Set<string>): void {
  let file = new FileReport();
  let lastOfRun: Result | undefined;
  const onLeaf = (count: (result: Result) => void) => (result: Result) => {
    if (result !== lastOfRun) count(result);
  };
  const onSkipped = onLeaf((result) => {
    file.skipped += 1;
    file.skips.push(`${result.fullname}: ${String(result.skip || result.todo)}`);
  });
  parser.on('skip', onSkipped);
  parser.on('todo', onSkipped);
  parser.on(
    'pass',
    onLeaf(() => {
      file.passed += 1;
    }),
  );
  parser.on(
    'fail',
    onLeaf((result) => {
      file.failed += 1;
      file.failures.push(result);
    }),
  );
  parser.on('child', (child: Parser) => {
    child.on('extra', (text: string) => {
      file.output = (file.output + text).slice(-KEPT_OUTPUT_CHARS);
    });
  });
  // The results of the outermost level are the files, each after everything inside it.
  parser.on('assert', (result: Result) => {
    lastOfRun = result;
    awaited.delete(result.name);
    file.close(result);
    file.print(result);
    total.passed += file.passed;
    total.failed += file.failed;
    total.skipped += file.skipped;
    file = new FileReport();
  });
}

/** Runs tap over `files`; returns its exit code, or null when it had to be killed. */
async function runTap(files: readonly string[], parser: Parser): Promise<number | null> {
  const tap = spawn(process.execPath, [TAP, '--reporter=tap', ...files], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: WHOLE_RUN_TIMEOUT_MS,
  });
  const lastResort = setTimeout(() => tap.kill('SIGKILL'), WHOLE_RUN_TIMEOUT_MS + GRACE_MS);
  const exited = new Promise<number | null>((resolve, reject) => {
    tap.on('error', reject);
    tap.on('close', resolve);
  });
  tap.stdout.pipe(parser);
  await finished(tap.stdout);
  clearTimeout(lastResort);
  return exited;
}

const wanted = process.argv.slice(2);
const files = wanted.length > 0 ? wanted : globSync('tests/**/*.test.ts', { cwd: ROOT }).sort();
const awaited = new Set(files);
const parser = new Parser();
follow(parser, awaited);
const code = files.length > 0 ? await runTap(files, parser) : 1;
for (const file of awaited) {
  say(`FAILED ${file} (never reported)`);
  total.failed += 1;
}
if (code !== 0 && total.failed === 0) {
  say(`FAILED: the test runner ended with ${code === null ? 'a signal' : `exit code ${code}`}`);
  total.failed += 1;
}
if (total.passed + total.failed === 0) {
  say('FAILED: no test was run');
  total.failed += 1;
}
process.exitCode = total.failed === 0 ? 0 : 1;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
say(`${total.passed} passed, ${total.failed} failed${skipped}`);
