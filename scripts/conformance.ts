// Runs the MCP conformance suite of both protocol revisions through the kernel and prints the counts.
import { RUNS, runThroughKernel } from '../tests/contract/conformance-suite.ts';

interface Row {
  readonly client: string;
  readonly plugin: string;
  readonly required: number;
  readonly passed: number;
  readonly failed: number;
  readonly impossible: number;
  readonly warnings: number;
  readonly seconds: string;
}

let isMet = true;

const rows: Row[] = [];
for (const { revision, era, impossible, leastPassed } of RUNS) {
  const startedMs = performance.now();
  const outcomes = await runThroughKernel(revision, era);
  const failed = outcomes.filter((outcome) => !outcome.isPassed && !(outcome.name in impossible));
  for (const { name, complaints } of failed) {
    process.stdout.write(`${revision}, ${era} plugin: ${name}\n`);
    for (const complaint of complaints) process.stdout.write(`  ${complaint}\n`);
  }
  const passed = outcomes.filter((outcome) => outcome.isPassed).length;
  isMet &&= outcomes.length > 0 && (leastPassed === undefined ? failed.length === 0 : passed >= leastPassed);
  rows.push({
    client: revision,
    plugin: era,
    required: outcomes.length,
    passed,
    failed: failed.length,
    impossible: outcomes.length - passed - failed.length,
    warnings: outcomes.reduce((sum, outcome) => sum + outcome.warnings.length, 0),
    seconds: ((performance.now() - startedMs) / 1000).toFixed(1),
  });
  for (const [name, reason] of Object.entries(impossible)) {
    process.stdout.write(`${revision}, ${era} plugin: ${name} cannot pass: ${reason}\n`);
  }
}
console.table(rows);
process.exitCode = isMet ? 0 : 1;
