import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openForReading } from '../../../plugins/filesystem/src/descriptor.ts';
import { readBytes } from '../../../plugins/filesystem/src/file-slice.ts';
import { Workspace } from '../../../plugins/filesystem/src/workspace.ts';
import { campaign } from '../../fixtures/campaign.ts';
import { makeFolders, startPlugin, type Folders } from './harness.ts';

const SECRET = 'SECRET, not inside';
const INSIDE = 'inside';
/** In memory, so that flushing to a slow disk does not make the race slow. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const MIN_SWAPS = campaign(20_000, 5_000);
const RESOLUTIONS = campaign(40_000, 10_000);
const CALLS = campaign(2_000, 1_000);
const MAX_SWAPS = 2_000_000;

/**
 * Swaps, as fast as it can, `door` between a folder and a link to the folder outside, and `file` between a regular
 * file and a link to the file outside. Ends when its input ends, or after MAX_SWAPS, and prints how many it did.
 */
const SWAPPER = `
const fs = require('node:fs');
let swaps = 0, isAsked = false;
process.stdin.on('end', () => { isAsked = true; }).resume();
// The plugin may put a folder of its own where a name is missing for a moment: then that one is removed.
function insist(name, step) {
  for (let tries = 0; tries < 1000; tries += 1) {
    try {
      if (tries > 0) fs.rmSync(name, { recursive: true, force: true });
      return step();
    } catch {}
  }
  throw new Error('cannot go on with ' + name);
}
function turn() {
  for (let at = 0; at < 200; at += 1) {
    for (const [name, target] of [['door', '../outside'], ['file', '../outside/file']]) {
      fs.renameSync(name, name + '.real');
      insist(name, () => fs.symlinkSync(target, name));
      insist(name, () => fs.rmSync(name, { recursive: true, force: true }));
      insist(name, () => fs.renameSync(name + '.real', name));
    }
    swaps += 2;
  }
  if ((isAsked && swaps >= ${MIN_SWAPS}) || swaps >= ${MAX_SWAPS}) console.log(swaps);
  else setImmediate(turn);
}
console.log('started');
turn();
`;

interface Attack {
  /** Ends the attack; gives how often it swapped. */
  stop(): Promise<number>;
}

async function startAttack(test: Test, folders: Folders): Promise<Attack> {
  mkdirSync(join(folders.workspace, 'door'));
  for (const folder of [join(folders.workspace, 'door'), folders.workspace]) {
    writeFileSync(join(folder, 'file'), INSIDE);
  }
  writeFileSync(join(folders.outside, 'file'), SECRET);
  mkdirSync(join(folders.outside, 'victim'));
  writeFileSync(join(folders.outside, 'victim', 'file'), SECRET);
  const child = spawn(process.execPath, ['-e', SWAPPER], {
    cwd: folders.workspace,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let printed = '';
  await new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      resolve();
    });
  });
  return {
    async stop() {
      child.stdin.end();
      await ended;
      return Number(printed.split('\n')[1]);
    },
  };
}

/** Everything outside, as one value: names and contents. */
function snapshot(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    names.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'utf8') : 'folder'];
    }),
  );
}

/** The usual way to confine: resolve, check the prefix, then use the path. */
function naiveRead(folders: Folders, path: string): string {
  const real = realpathSync(join(folders.workspace, path));
  if (!real.startsWith(`${folders.workspace}/`)) throw new Error('outside');
  return readFileSync(join(folders.workspace, path), 'utf8');
}

function naiveWrite(folders: Folders, path: string, content: string): void {
  const real = realpathSync(join(folders.workspace, path, '..'));
  if (!`${real}/`.startsWith(`${folders.workspace}/`)) throw new Error('outside');
  writeFileSync(join(folders.workspace, path), content);
}

/** Runs a step that the attack may make fail; gives its result, or undefined. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** Ten calls that go through what is being swapped. */
const calls = (at: number): readonly [tool: string, args: Record<string, unknown>][] => [
  ['read_file', { path: 'door/file' }],
  ['read_file', { path: 'file' }],
  ['write_file', { path: `door/new-${at % 7}`, content: INSIDE }],
  ['write_file', { path: `door/deep/er/new-${at % 7}`, content: INSIDE }],
  ['edit_file', { path: 'door/file', edits: [{ old_text: INSIDE, new_text: `${INSIDE}+` }] }],
  ['list_dir', { path: '.', depth: 3 }],
  ['grep_search', { path: '.', pattern: 'SECRET|inside' }],
  ['move', { from: 'door/victim', to: `stolen-${at}` }],
  ['move', { from: `door/new-${at % 7}`, to: 'door/victim/put', overwrite: true }],
  ['delete', { path: 'door/victim', recursive: true }],
];

await t.test('check-then-use loses this race', async (test) => {
  const folders = makeFolders(test, MEMORY);
  const attack = await startAttack(test, folders);
  const before = snapshot(folders.outside);
  const lost = { folder: 0, file: 0, write: 0 };
  for (let count = 0; count < 200_000 && Math.min(...Object.values(lost)) === 0; count += 1) {
    if (attempt(() => naiveRead(folders, 'door/file')) === SECRET) lost.folder += 1;
    if (attempt(() => naiveRead(folders, 'file')) === SECRET) lost.file += 1;
    attempt(() => naiveWrite(folders, 'door/new', 'escaped'));
    if (count % 100 === 0)
      lost.write = Object.keys(snapshot(folders.outside)).length - Object.keys(before).length;
  }
  await attack.stop();
  test.ok(lost.folder > 0, 'a folder swapped after the check gave the outside file');
  test.ok(lost.file > 0, 'a file swapped after the check gave the outside file');
  test.ok(lost.write > 0, 'a folder swapped after the check took a write outside');
});

await t.test(`${RESOLUTIONS} resolutions in the same race never leave the workspace`, async (test) => {
  const folders = makeFolders(test, MEMORY);
  const attack = await startAttack(test, folders);
  using workspace = new Workspace(folders.workspace);
  const seen = { inside: 0, refused: 0, outside: 0 };
  for (let count = 0; count < RESOLUTIONS / 2; count += 1) {
    for (const path of ['door/file', 'file']) {
      const content = attempt(() => {
        using place = workspace.locate(path, { followLast: true });
        using file = openForReading(place.existing(), path);
        return readBytes(file, 0, 100).toString();
      });
      if (content === undefined) seen.refused += 1;
      else if (content === INSIDE) seen.inside += 1;
      else seen.outside += 1;
    }
  }
  const swaps = await attack.stop();
  test.equal(seen.outside, 0);
  test.ok(
    seen.inside > RESOLUTIONS / 40 && seen.refused > RESOLUTIONS / 400,
    `both sides were met: ${JSON.stringify(seen)}`,
  );
  test.ok(swaps >= MIN_SWAPS, `${swaps} swaps`);
});

await t.test(`${CALLS} tool calls in the same race read and write nothing outside`, async (test) => {
  const folders = makeFolders(test, MEMORY);
  const plugin = await startPlugin(test, folders);
  const attack = await startAttack(test, folders);
  const before = snapshot(folders.outside);
  const outcomes = { answered: 0, refused: 0, leaked: 0 };
  for (let round = 0; round < CALLS / 10; round += 1) {
    const answers = await Promise.all(
      calls(round).map(async ([name, args]) => await plugin.client.callTool({ name, arguments: args })),
    );
    for (const answer of answers) {
      // An answer may name the outside folder (a link says where it points), but nothing in it.
      if (JSON.stringify(answer).includes(SECRET)) outcomes.leaked += 1;
      if (answer.isError === true) outcomes.refused += 1;
      else outcomes.answered += 1;
    }
  }
  const swaps = await attack.stop();
  test.equal(outcomes.leaked, 0, 'no byte from outside');
  test.same(snapshot(folders.outside), before, 'no byte to outside, nothing moved or deleted there');
  test.equal(outcomes.answered + outcomes.refused, CALLS);
  test.ok(outcomes.answered > CALLS / 10, `work went on: ${JSON.stringify(outcomes)}`);
  test.ok(swaps >= MIN_SWAPS, `${swaps} swaps`);
});
