import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders, startPlugin, withoutPrivileges } from './harness.ts';

const folders = makeFolders(t);
const plugin = await startPlugin(t, folders);
const put = (name: string, content: string | Buffer): void =>
  writeFileSync(join(folders.workspace, name), content);
const numbered = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('');

await t.test('a small text file comes whole, with its line endings', async (test) => {
  put('crlf.txt', 'one\r\ntwo\r\n');
  const { data, text } = await plugin.call('read_file', { path: 'crlf.txt' });
  test.equal(text, 'one\r\ntwo\r\n');
  test.same(data, {
    path: 'crlf.txt',
    size_bytes: 10,
    encoding: 'utf8',
    content: 'one\r\ntwo\r\n',
    offset_bytes: 0,
    length_bytes: 10,
    start_line: 1,
    end_line: 2,
    total_lines: 2,
  });
});

await t.test('an empty file is empty text', async (test) => {
  put('empty', '');
  const { data, text } = await plugin.call('read_file', { path: 'empty' });
  test.equal(text, '');
  test.match(data, { size_bytes: 0, content: '', total_lines: 0 });
  test.match(
    await plugin.refusal('read_file', { path: 'empty', start_line: 2 }),
    /^INVALID_ARGUMENT: .* 0 lines/,
  );
});

await t.test('a range of lines, and how to go on', async (test) => {
  put('many.txt', numbered(5_000));
  const range = await plugin.call('read_file', { path: 'many.txt', start_line: 3, end_line: 4 });
  test.match(range.data, { content: 'line 3\nline 4\n', start_line: 3, end_line: 4, total_lines: 5_000 });
  test.same(range.data['next'], { start_line: 5 });
  test.match(range.text, '[lines 3 to 4 of 5000; continue with start_line: 5]');

  let content = '';
  let calls = 0;
  let next: Record<string, number> | undefined = { start_line: 1 };
  while (next !== undefined && calls < 10) {
    const page = await plugin.call('read_file', { path: 'many.txt', ...next });
    content += String(page.data['content']);
    next = page.next;
    calls += 1;
  }
  test.equal(content, numbered(5_000), 'all pages together are the file');
  test.equal(calls, 3, 'in pages of 2,000 lines');
  test.match(
    await plugin.refusal('read_file', { path: 'many.txt', start_line: 5_001 }),
    /has only 5000 lines/,
  );
});

await t.test('one huge line is continued by bytes, without breaking a character', async (test) => {
  const line = 'é'.repeat(400_000);
  put('huge.txt', `x${line}\nlast`);
  const first = await plugin.call('read_file', { path: 'huge.txt' });
  test.equal(first.data['encoding'], 'utf8');
  const cut = first.next?.['offset_bytes'] ?? 0;
  test.ok(cut > 262_000 && cut <= 262_144 && cut % 2 === 1, 'cut at a whole character');
  let content = String(first.data['content']);
  let { next } = first;
  for (let calls = 0; next !== undefined && calls < 10; calls += 1) {
    const page = await plugin.call('read_file', { path: 'huge.txt', ...next });
    content += String(page.data['content']);
    ({ next } = page);
  }
  test.equal(content, `x${line}\nlast`);
});

await t.test('a range of bytes', async (test) => {
  put('digits', '0123456789');
  const { data } = await plugin.call('read_file', { path: 'digits', offset_bytes: 3, length_bytes: 4 });
  test.match(data, { content: '3456', offset_bytes: 3, length_bytes: 4, next: { offset_bytes: 7 } });
  const end = await plugin.call('read_file', { path: 'digits', offset_bytes: 10 });
  test.match(end.data, { content: '', length_bytes: 0, next: undefined });
  test.match(await plugin.refusal('read_file', { path: 'digits', offset_bytes: 11 }), /has only 10 bytes/);
});

await t.test('binary comes as base64, in parts that fit together', async (test) => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7) % 256));
  put('blob.bin', bytes);
  const first = await plugin.call('read_file', { path: 'blob.bin' });
  test.equal(first.data['encoding'], 'base64');
  test.match(first.raw.content[0], { type: 'resource', resource: { uri: 'workspace:///blob.bin' } });
  const second = await plugin.call('read_file', { path: 'blob.bin', ...first.next });
  const parts = [first, second].map(({ data }) => Buffer.from(String(data['content']), 'base64'));
  test.ok(Buffer.concat(parts).equals(bytes));
  test.equal(second.data['next'], undefined);
  test.match(await plugin.refusal('read_file', { path: 'blob.bin', start_line: 2 }), /^BINARY_FILE: /);
  const forced = await plugin.call('read_file', { path: 'digits', encoding: 'base64' });
  test.equal(forced.data['content'], Buffer.from('0123456789').toString('base64'));
  put('latin1.txt', Buffer.from('caf\xe9\n', 'latin1'));
  test.equal((await plugin.call('read_file', { path: 'latin1.txt' })).data['encoding'], 'base64');
  const replaced = await plugin.call('read_file', { path: 'latin1.txt', encoding: 'utf8' });
  test.equal(replaced.data['content'], 'caf\uFFFD\n');
});

await t.test('a picture can be looked at', async (test) => {
  const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(400_000, 1)]);
  put('picture', png);
  const { raw } = await plugin.call('read_file', { path: 'picture' });
  test.match(raw.content[0], { type: 'image', mimeType: 'image/png', data: png.toString('base64') });
});

await t.test('a sparse file is read without being materialised', async (test) => {
  put('sparse', 'head\n');
  truncateSync(join(folders.workspace, 'sparse'), 1_099_511_627_776);
  const head = await plugin.call('read_file', { path: 'sparse', length_bytes: 5 });
  test.match(head.data, { content: 'head\n', size_bytes: 1_099_511_627_776 });
  const tail = await plugin.call('read_file', { path: 'sparse', offset_bytes: 1_099_511_627_770 });
  test.match(tail.data, { encoding: 'base64', length_bytes: 6 });
  const far = await plugin.refusal('read_file', { path: 'sparse', start_line: 3, encoding: 'utf8' });
  test.match(far, /^TOO_LARGE: Line 3 .* Use offset_bytes/, 'a line number is looked for in a bounded part');
});

await t.test('pipes, sockets, devices and folders are refused at once', async (test) => {
  execFileSync('mkfifo', [join(folders.workspace, 'pipe')]);
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(join(folders.workspace, 'socket'), resolve);
  });
  test.teardown(() => server.close());
  mkdirSync(join(folders.workspace, 'folder'));
  for (const path of ['pipe', 'socket']) {
    test.match(await plugin.refusal('read_file', { path }), /^NOT_A_FILE: .* a pipe, a socket or a device/);
  }
  test.match(await plugin.refusal('read_file', { path: 'folder' }), /^NOT_A_FILE: .* Use list_dir/);
  if (process.getuid?.() === 0) {
    execFileSync('mknod', [join(folders.workspace, 'null'), 'c', '1', '3']);
    test.match(await plugin.refusal('read_file', { path: 'null' }), /^NOT_A_FILE: /);
  }
});

await t.test('names in any script, and odd ones', async (test) => {
  for (const name of ['Übung 中文 🦊.txt', 'a\nb', '-rf', '~', '...', 'back\\slash', 'x'.repeat(255)]) {
    put(name, name);
    test.equal((await plugin.call('read_file', { path: name })).data['content'], name);
  }
  test.match(await plugin.refusal('read_file', { path: 'x'.repeat(256) }), /^INVALID_ARGUMENT: .* 255 bytes/);
  test.match(await plugin.refusal('read_file', { path: 'a\0b' }), /^INVALID_ARGUMENT: .* NUL/);
});

await t.test('every refusal says what to do', async (test) => {
  test.match(await plugin.refusal('read_file', { path: 'missing' }), /^NOT_FOUND: "missing" .* list_dir/);
  test.match(await plugin.refusal('read_file', { path: 'digits/x' }), /^NOT_A_FOLDER: "digits"/);
  test.match(await plugin.refusal('read_file', { path: '../outside' }), /^OUTSIDE_WORKSPACE: /);
  test.match(
    await plugin.refusal('read_file', { path: 'digits', start_line: 1, offset_bytes: 1 }),
    /together/,
  );
  test.match(await plugin.refusal('read_file', { path: 'digits', start_line: 3, end_line: 2 }), /before/);
  test.match(await plugin.refusal('read_file', { path: 'digits', startLine: 1 }), /startLine/);
  symlinkSync('missing', join(folders.workspace, 'dangling'));
  test.match(await plugin.refusal('read_file', { path: 'dangling' }), /^NOT_FOUND: "missing"/);
});

await t.test('a file that may not be read', async (test) => {
  const own = makeFolders(test);
  const plain = await startPlugin(test, own, { command: withoutPrivileges });
  writeFileSync(join(own.workspace, 'secret'), 'x');
  test.equal((await plain.call('read_file', { path: 'secret' })).text, 'x');
  chmodSync(join(own.workspace, 'secret'), 0);
  test.match(await plain.refusal('read_file', { path: 'secret' }), /^PERMISSION_DENIED: /);
});
