// Writes what is generated from the manifest's zod schema: manifests/manifest.schema.json for editors, and
// the table of docs/manifest.md. `--check` writes nothing and ends with 1 when one of them is not current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { manifestJsonSchema } from '../runtime/host/discover/manifest-json-schema.ts';
import { manifestKeys, type ManifestKey } from './manifest-keys.ts';

const schemaFile = fileURLToPath(new URL('../manifests/manifest.schema.json', import.meta.url));
const docsFile = fileURLToPath(new URL('../docs/manifest.md', import.meta.url));

/** The text of manifests/manifest.schema.json. */
function schemaText(): string {
  return `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`;
}

/** The text of docs/manifest.md with its table made anew; the prose around it stays. */
async function docsText(present: string): Promise<string> {
  const [start, end] = ['<!-- generated: keys -->', '<!-- end of generated -->'];
  const [before, rest] = present.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/manifest.md has no "${start}"`);
  const table = [
    '| Key | Value | Default | Meaning |',
    '| --- | --- | --- | --- |',
    ...manifestKeys().map(row),
  ];
  const text = `${before}${start}\n\n${table.join('\n')}\n\n${end}${after}`;
  return format(text, { parser: 'markdown', printWidth: 110, singleQuote: true });
}

function row({ path, value, fallback, meaning }: ManifestKey): string {
  const cells = [`\`${path}\``, value, fallback === undefined ? '' : `\`${fallback}\``, meaning];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const isCheck = process.argv.includes('--check');
const docs = readFileSync(docsFile, 'utf8');
const wanted = [
  { file: schemaFile, text: schemaText() },
  { file: docsFile, text: await docsText(docs) },
];
for (const { file, text } of wanted) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  if (isCheck) {
    process.stderr.write(`${file} is not current: run node scripts/generate-manifest-schema.ts\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${file}\n`);
  }
}
