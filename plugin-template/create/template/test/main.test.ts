import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openPlugin } from 'nexus-plugin-sdk/testing';

// The plugin runs as it does in Nexus: as its own process, in its sandbox, with the permissions of its manifest.
const plugin = await openPlugin(new URL('..', import.meta.url));
after(() => plugin[Symbol.asyncDispose]());

test('greets and counts', async () => {
  assert.equal((await plugin.call('greet', { who: 'Ada' })).text, 'Hello, Ada! (number 1)');
  assert.equal((await plugin.call('greet', { who: 'Bob' })).text, 'Hello, Bob! (number 2)');
  await plugin.logged('greeting number 2');
});

test('refuses arguments that do not fit', async () => {
  const { isError, text } = await plugin.call('greet', { who: '' });
  assert.ok(isError);
  assert.match(text, /who/);
});

test('takes other settings and keeps its data', async () => {
  await plugin.set({ GREETING: 'Good morning' });
  assert.equal((await plugin.call('greet', { who: 'Eve' })).text, 'Good morning, Eve! (number 3)');
});

test('is well', async () => {
  assert.equal((await plugin.call('health')).isError, false);
});

test('has nothing it was not granted', { skip: plugin.unsandboxed }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'my-plugin-'));
  writeFileSync(join(folder, 'secret'), 'not for plugins');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  try {
    const { attempt } = plugin;
    assert.equal((await attempt.read(join(folder, 'secret'))).allowed, false);
    assert.equal((await attempt.connect(`127.0.0.1:${address.port}`)).allowed, false);
    assert.equal((await attempt.exec('/bin/sh')).allowed, false);
    assert.equal((await attempt.write(join(plugin.dataFolder, 'note'))).allowed, true);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
