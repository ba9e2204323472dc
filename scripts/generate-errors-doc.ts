// Writes docs/errors.md from the error catalogue. `--check` writes nothing and ends with 1 when it is not current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { catalogue } from '../runtime/base/error-catalogue.ts';

const file = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

const rows = Object.entries(catalogue)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([code, { status, what, hint }]) => `| \`${code}\` | ${status} | ${cell(what)} | ${cell(hint)} |`);

const text = await format(
  [
    '# Errors',
    '',
    'Every error reads `CODE: what happened. What to do.` In results of tools it is the text of an error result, over HTTP the',
    '`error` of the body, on the command line the last line on stderr. Words in braces are filled in. This page is generated',
    'from `runtime/base/error-catalogue.ts` by `node scripts/generate-errors-doc.ts`.',
    '',
    '| Code | HTTP status | What happened | What to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n'),
  { parser: 'markdown', printWidth: 110 },
);

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  process.stderr.write('docs/errors.md is not current: run "node scripts/generate-errors-doc.ts"\n');
  process.exitCode = 1;
}

function cell(template: string): string {
  return template.replaceAll('|', '\\|').replaceAll('{', '`{').replaceAll('}', '}`');
}
