import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import t from 'tap';
import { findProgram } from '../../../runtime/host/discover/find-program.ts';

function install(root: string, dir: string, name: string): string {
  mkdirSync(join(root, dir), { recursive: true });
  const file = join(root, dir, name);
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

await t.test('the first program on PATH is taken, shims of version managers are passed over', async (t) => {
  const root = t.testdir();
  const shim = install(root, '.pyenv/shims', 'python3');
  const path = ['.pyenv/shims', 'first', 'second'].map((dir) => join(root, dir)).join(delimiter);
  t.throws(() => findProgram('p', 'python3', path), {
    code: 'COMMAND_MISSING',
    message: new RegExp(`${shim} only looks up the real program: write that one's absolute path`),
  });
  const second = install(root, 'second', 'python3');
  t.equal(findProgram('p', 'python3', path), second);
  const first = install(root, 'first', 'python3');
  t.equal(findProgram('p', 'python3', path), first);
});

await t.test('a file that cannot be executed and relative entries of PATH are no programs', async (t) => {
  const root = t.testdir({ bin: { tool: 'text' } });
  t.throws(() => findProgram('p', 'tool', ['bin', join(root, 'bin')].join(delimiter)), {
    code: 'COMMAND_MISSING',
  });
});
