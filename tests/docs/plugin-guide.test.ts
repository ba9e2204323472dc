import '../fixtures/plain-children.ts';
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { z } from 'zod';
import { Conversation } from '../../plugin-template/sdk/src/testing/conversation.ts';
import { isAsShown, readBlocks, type GuideBlock } from '../fixtures/guide.ts';
import { makeFolder, makeInstallation, typeCommand } from '../fixtures/installation.ts';
import { startKernel } from '../fixtures/kernel-process.ts';

const guide = fileURLToPath(new URL('../../docs/plugin-guide.md', import.meta.url));
const blocks = readBlocks(readFileSync(guide, 'utf8'));
/**
 * A running kernel follows a saved file a moment later, and nobody tells when: a step right after one is typed again for
 * so long. Every other step is typed once, as commands answer when what they did is in force.
 */
const PATIENCE_MS = 30_000;
const published = 'weather-0.2.0.tgz';
const clientSchema = z.object({
  mcpServers: z.record(
    z.string(),
    z.object({ command: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()) }),
  ),
});

async function openInstallation(t: Test): Promise<string> {
  const root = makeInstallation(t);
  const args = ['data', 'manifests', 'plugins', 'workspace'].flatMap((name) => [
    `--${name}`,
    join(root, name),
  ]);
  const kernel = await startKernel({ root, args }, ['--allow-unsandboxed']);
  t.teardown(() => kernel.stop());
  return root;
}

/** Types the lines of a block; all of them have to succeed, and the last one's output to be as shown. */
async function typeBlock(
  root: string,
  { text }: GuideBlock,
  shown: string | undefined,
  patienceMs: number,
): Promise<string | undefined> {
  const startedMs = performance.now();
  for (;;) {
    const { code, stdout, stderr } = await typeCommand(root, `set -e\n${text}`);
    if (code === 0 && (shown === undefined || isAsShown(stdout, shown))) return undefined;
    if (performance.now() - startedMs >= patienceMs) return `exit code ${code}\n${stdout}\n${stderr}`;
  }
}

/** Starts the server of another client's configuration as that client would, and asks for its tools. */
async function startAsClient(t: Test, root: string, { text }: GuideBlock): Promise<readonly unknown[]> {
  const { mcpServers } = clientSchema.parse(JSON.parse(text.replaceAll('/path/to/nexus', root)));
  const [server] = Object.values(mcpServers);
  if (server === undefined) throw new TypeError('the block names no server');
  const env = { ...server.env, XDG_DATA_HOME: makeFolder(t) };
  const program = server.command === 'node' ? process.execPath : server.command;
  const conversation = new Conversation(spawn(program, server.args, { cwd: '/', env }));
  await conversation.open(undefined);
  const tools = await conversation.tools();
  await conversation.close();
  return tools.map(({ name }) => name);
}

await t.test('every block of the guide, in order', { timeout: 280_000 }, async (t) => {
  const root = await openInstallation(t);
  let elsewhere: string | undefined;
  for (const [at, block] of blocks.entries()) {
    const { line, language, info, text } = block;
    const place = `line ${line}: ${language} ${info}`;
    if (info.startsWith('file=')) {
      writeFileSync(join(root, info.slice('file='.length)), text);
      t.pass(`${place} is written`);
    } else if (language === 'sh') {
      if (info === 'elsewhere' && elsewhere === undefined) {
        elsewhere = await openInstallation(t);
        copyFileSync(join(root, published), join(elsewhere, published));
      }
      const next = blocks[at + 1];
      const shown = next?.language === 'text' ? next.text : undefined;
      const before = blocks.slice(0, at).findLast((earlier) => earlier.language !== 'text');
      const isSaved =
        before?.info.startsWith('file=') === true || before?.text.startsWith('npm create ') === true;
      const where = info === 'elsewhere' ? (elsewhere ?? root) : root;
      const failure = await typeBlock(where, block, shown, isSaved ? PATIENCE_MS : 0);
      t.equal(failure, undefined, place);
      if (failure !== undefined) return;
    } else if (info === 'client') {
      t.same(await startAsClient(t, root, block), ['record', 'now', 'report', 'health'], place);
    } else
      t.equal(`${language} ${blocks[at - 1]?.language}`, 'text sh', `${place} shows what a command prints`);
  }
});

await t.test('the guide is more than its blocks are checked for', (t) => {
  t.ok(blocks.length > 20);
  t.ok(isAsShown('a\nWrote x: y, z\nb\nend', 'Wrote x: …\nend'));
  t.notOk(isAsShown('Wrote y', 'Wrote x'));
  t.notOk(isAsShown('b\na', 'a\nb'));
  t.end();
});
