import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BundleStore } from '../../../../runtime/host/discover/mcpb/bundle-store.ts';
import { bundleManifest, writeBundle, zipBytes, type ZipEntry } from '../../../fixtures/zip-file.ts';

const signal = new AbortController().signal;
const server: ZipEntry = { name: 'server/index.js', data: 'console.log(1)' };

function stageOf(t: Test) {
  const root = t.testdir({ data: {} });
  const file = join(root, 'some.mcpb');
  return { root, file, store: new BundleStore(join(root, 'data')) };
}

/** A bundle with one more entry is refused when it is read and when it is unpacked, and nothing is written outside. */
async function refuses(t: Test, entries: readonly ZipEntry[], message: RegExp): Promise<void> {
  const { root, file, store } = stageOf(t);
  writeBundle(file, bundleManifest(), [server, ...entries]);
  await t.rejects(store.read(file), { code: 'BUNDLE_INVALID', message }, String(message));
  await t.rejects(store.add(file, '0'.repeat(64), signal), { code: 'BUNDLE_INVALID' });
  t.same(readdirSync(root).sort(), ['data', 'some.mcpb'], 'nothing beside');
  const left = existsSync(join(root, 'data', 'bundles')) ? readdirSync(join(root, 'data', 'bundles')) : [];
  t.same(left, [], 'nothing of it is kept');
}

await t.test('names that lead out of the folder, or could', async (t) => {
  await refuses(t, [{ name: '../evil.js' }], /evil\.js" leads out|invalid relative path/);
  await refuses(t, [{ name: 'a/../../evil.js' }], /leads out|invalid relative path/);
  await refuses(t, [{ name: '/tmp/evil.js' }], /absolute/);
  await refuses(t, [{ name: 'C:/evil.js' }], /absolute/);
  await refuses(t, [{ name: 'a\\..\\evil.js' }], /backslash|invalid characters/);
  await refuses(t, [{ name: 'a//b.js' }], /empty part/);
  await refuses(t, [{ name: './b.js' }], /empty part/);
  await refuses(t, [{ name: 'a\u0000.js' }], /control character/);
  await refuses(t, [{ name: `${'a/'.repeat(70)}b.js` }], /too deep/);
  await refuses(t, [{ name: `${'a'.repeat(1_100)}.js` }], /too long/);
});

await t.test('what is no regular file', async (t) => {
  await refuses(t, [{ name: 'link', data: '/etc/passwd', mode: 0o120777 }], /symbolic link/);
  await refuses(t, [{ name: 'pipe', mode: 0o010644 }], /no regular file/);
  await refuses(t, [{ name: 'device', mode: 0o060644 }], /no regular file/);
  await refuses(t, [{ name: 'folder', mode: 0o040755 }], /name of a file/);
});

await t.test('the same name twice', async (t) => {
  await refuses(t, [{ name: 'server/index.js', data: 'evil()' }], /is in it twice/);
  await refuses(t, [{ name: 'caf\u00e9.js' }, { name: 'cafe\u0301.js' }], /is in it twice/);
  await refuses(t, [{ name: 'server' }], /is a file and a folder/);
});

await t.test('data that is not read', async (t) => {
  await refuses(t, [{ name: 'secret.js', data: 'x', flags: 1 }], /is encrypted/);
  await refuses(t, [{ name: 'odd.js', data: 'x', method: 99 }], /\(99\)/);
});

await t.test('bombs', async (t) => {
  const zeros = Buffer.alloc(70_000_000);
  await refuses(t, [{ name: 'zeros.bin', data: zeros }], /unpacks to more than 67108864 bytes/);
  await refuses(t, [{ name: 'huge.bin', data: 'x', claimedSize: 0xffff_fff0 }], /unpacks to more than/);
  const many = Array.from({ length: 50_001 }, (_, index) => ({ name: `f${index}`, method: 0 }));
  await refuses(t, many, /more than 50000 entries/);
});

await t.test('a size that is a lie ends the unpacking', async (t) => {
  const { root, file, store } = stageOf(t);
  writeBundle(file, bundleManifest(), [
    server,
    { name: 'lie.bin', data: Buffer.alloc(100_000), claimedSize: 5 },
  ]);
  const { sha256 } = await store.read(file);
  await t.rejects(store.add(file, sha256, signal), {
    code: 'BUNDLE_INVALID',
    message: /lie\.bin" cannot be unpacked/,
  });
  t.notOk(existsSync(store.folderOf(sha256)));
  t.same(readdirSync(join(root, 'data', 'bundles')), [], 'neither the file nor half of it');
});

await t.test('what is no bundle', async (t) => {
  const { root, file, store } = stageOf(t);
  const refused = (message: RegExp) => t.rejects(store.read(file), { code: 'BUNDLE_INVALID', message });
  await refused(/cannot be read \(ENOENT\)/);
  writeFileSync(file, 'no archive');
  await refused(/no zip archive/);
  writeBundle(file, bundleManifest(), [server]);
  truncateSync(file, 200);
  await refused(/no zip archive/);
  writeFileSync(file, zipBytes([server]));
  await refused(/no manifest\.json/);
  writeFileSync(file, zipBytes([{ name: 'weather/manifest.json', data: bundleManifest() }]));
  await refused(/lies in a folder.*at the top/s);
  writeBundle(file, '{ "manifest_version": ');
  await refused(/manifest\.json.*not valid JSON/);
  await t.rejects(store.read(root), { code: 'BUNDLE_INVALID', message: /no file/ });
});

await t.test('a sound bundle is kept and unpacked, once', async (t) => {
  const { root, file, store } = stageOf(t);
  const program: ZipEntry = { name: 'bin/run', data: '#!/bin/sh\n', mode: 0o100755 };
  writeBundle(file, bundleManifest(), [server, { name: 'server/', mode: 0o040755 }, program]);
  const { sha256, manifest, program: format } = await store.read(file);
  t.equal(manifest.name, 'weather');
  t.equal(format, undefined);
  t.notOk(existsSync(join(root, 'data', 'bundles')), 'reading wrote nothing');
  await store.add(file, sha256, signal);
  const dir = store.folderOf(sha256);
  t.equal(readFileSync(join(dir, 'server/index.js'), 'utf8'), 'console.log(1)');
  t.equal(statSync(join(dir, 'server/index.js')).mode & 0o777, 0o644);
  t.equal(statSync(join(dir, 'bin/run')).mode & 0o777, 0o755);
  const { ino } = statSync(dir);
  await store.add(file, sha256, signal);
  t.equal(statSync(dir).ino, ino, 'not unpacked again');
  t.same(readdirSync(join(root, 'data', 'bundles')).sort(), [sha256, `${sha256}.mcpb`].sort());
  writeFileSync(file, 'changed');
  t.match(await store.open(store.fileOf(sha256), sha256, signal), { dir });
  await store.remove(sha256);
  t.same(readdirSync(join(root, 'data', 'bundles')), []);
});

await t.test('another file than the one that was pinned is not unpacked', async (t) => {
  const { file, store } = stageOf(t);
  writeBundle(file, bundleManifest(), [server]);
  await t.rejects(store.open(file, 'f'.repeat(64), signal), {
    code: 'BUNDLE_INVALID',
    message: /its SHA-256 is/,
  });
});

await t.test('a file that is written over while it is opened', async (t) => {
  const { root, file, store } = stageOf(t);
  writeBundle(file, bundleManifest(), [server]);
  const good = readFileSync(file);
  const { sha256 } = await store.read(file);
  writeBundle(file, bundleManifest(), [{ ...server, data: 'console.log(6)' }]);
  const evil = readFileSync(file);
  for (let turns = 0; turns < 30; turns++) {
    writeFileSync(file, good);
    const fresh = new BundleStore(join(root, `data-${turns}`));
    const opening = fresh.open(file, sha256, signal).then(
      ({ dir }) => readFileSync(join(dir, 'server/index.js'), 'utf8'),
      () => 'refused',
    );
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    writeFileSync(`${file}.new`, evil);
    renameSync(`${file}.new`, file);
    t.match(await opening, /^(?:console\.log\(1\)|refused)$/, `after ${turns} turns`);
  }
});

await t.test('a signed bundle is read', async (t) => {
  const { file, store } = stageOf(t);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(9);
  const signature = ['MCPB_SIG_V1', length, 'signature', 'MCPB_SIG_END'].map((part) => Buffer.from(part));
  const bundle = zipBytes([{ name: 'manifest.json', data: bundleManifest() }, server]);
  writeFileSync(file, Buffer.concat([bundle, ...signature]));
  const { sha256 } = await store.read(file);
  await store.add(file, sha256, signal);
  t.ok(existsSync(join(store.folderOf(sha256), 'server/index.js')));
});

await t.test('what a killed kernel left is swept', async (t) => {
  const { root, file } = stageOf(t);
  writeBundle(file, bundleManifest(), [server]);
  const before = new BundleStore(join(root, 'data'));
  const { sha256 } = await before.read(file);
  const aborted = AbortSignal.abort(new Error('killed'));
  await t.rejects(before.add(file, sha256, aborted), /killed/);
  const store = new BundleStore(join(root, 'data'));
  await store.add(file, sha256, signal);
  t.same(readdirSync(join(root, 'data', 'bundles')).sort(), [sha256, `${sha256}.mcpb`].sort());
});

await t.test('the program of a binary bundle is recognised, and made one', async (t) => {
  const { file, store } = stageOf(t);
  const binary = {
    type: 'binary',
    entry_point: 'run',
    mcp_config: { command: '${__dirname}/run', args: [] },
  };
  for (const [data, format] of [
    [Buffer.from('\u007fELF....'), 'elf'],
    [Buffer.from([0xcf, 0xfa, 0xed, 0xfe, 0, 0]), 'mach-o'],
    [Buffer.from('MZ......'), 'pe'],
    [Buffer.from('#!/bin/sh\n'), undefined],
  ] as const) {
    writeBundle(file, bundleManifest({ server: binary }), [{ name: 'run', data }]);
    const read = await store.read(file);
    t.equal(read.program, format);
    await store.add(file, read.sha256, signal);
    t.equal(statSync(join(store.folderOf(read.sha256), 'run')).mode & 0o777, 0o755);
  }
});
