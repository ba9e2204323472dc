import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { build } from 'vite';
import { z } from 'zod';

const CONSOLE = fileURLToPath(new URL('../../runtime/console', import.meta.url));
const DIST = mkdtempSync(join(tmpdir(), 'nexus-console-'));
const mostBytes = 250_000;

const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    isEntry: z.boolean().optional(),
    imports: z.array(z.string()).optional(),
    dynamicImports: z.array(z.string()).optional(),
  }),
);

t.teardown(() => rmSync(DIST, { recursive: true, force: true }));
await build({ root: CONSOLE, logLevel: 'warn', build: { outDir: DIST, emptyOutDir: true } });
const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8')));

/** A chunk with all that it imports at once. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of manifest[name]?.imports ?? []) withImports(imported, found);
  return found;
}

function gzipBytes(names: Iterable<string>): number {
  const files = [...names].flatMap((name) => manifest[name]?.file ?? []);
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
}

await t.test(
  'the first load is below 250 kB of compressed JavaScript, on the page that is opened first too',
  (t) => {
    const [entry] = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
    const start = withImports(entry ?? '');
    t.ok(gzipBytes(start) > 50_000, 'something was measured');
    const first = 'src/pages/chat/chat-page.tsx';
    t.ok(manifest[first], 'the page is a chunk of its own');
    const bytes = gzipBytes(withImports(first, start));
    t.ok(bytes < mostBytes, `${bytes} bytes`);
    t.end();
  },
);

await t.test('every page is loaded when it is opened', (t) => {
  const pages = Object.keys(manifest).filter((name) => name.startsWith('src/pages/'));
  const [entry] = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
  t.ok(pages.length > 1);
  t.same(
    [...withImports(entry ?? '')].filter((name) => name.startsWith('src/pages/')),
    [],
  );
  t.end();
});

await t.test('the page has nothing that a strict security policy refuses', (t) => {
  const html = readFileSync(join(DIST, 'index.html'), 'utf8');
  t.notMatch(html, /\sstyle=|\son\w+=|javascript:/i);
  for (const [tag] of html.matchAll(/<script[^>]*>/g)) {
    t.match(tag, /\bsrc="\/assets\//, 'no inline script');
    t.match(tag, 'nonce="__CSP_NONCE__"');
  }
  t.end();
});
