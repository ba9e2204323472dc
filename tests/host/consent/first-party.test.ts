import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { lockSchema } from '../../../runtime/host/consent/lock-entry.ts';
import { lockFileName, lockText } from '../../../runtime/host/consent/lock-file.ts';
import { pinnedSourceOf } from '../../../runtime/host/consent/pinned-source.ts';
import { grantsOf, wideningsOf } from '../../../runtime/host/consent/widening.ts';
import { discover } from '../../../runtime/host/discover/index.ts';

const manifestsDir = fileURLToPath(new URL('../../../manifests', import.meta.url));

await t.test(
  'every manifest of the checkout is agreed to by the committed lock file, and grants no more',
  async (t) => {
    const text = readFileSync(join(manifestsDir, lockFileName), 'utf8');
    const { plugins } = lockSchema.parse(JSON.parse(text));
    t.equal(lockText(new Map(Object.entries(plugins))), text, 'as the kernel writes it');
    await using discovery = await discover({
      manifestsDir,
      onChange: () => {},
      onError: (error) => t.fail(String(error)),
    });
    const names = discovery.entries().map(({ name }) => name);
    t.ok(names.includes('filesystem'));
    t.same(Object.keys(plugins).sort(), names, 'one entry for each manifest, and no other');
    for (const found of discovery.entries()) {
      if (!found.ok) throw found.error;
      const { manifest } = found;
      const entry = plugins[found.name];
      if (entry?.state !== 'approved')
        throw new Error(`${found.name} has no approved entry: start a kernel and commit the lock`);
      t.equal(entry.changes, 'follow', `${found.name} is code of the checkout`);
      const places = { manifestsDir, workspaceDir: '/w', pluginDataDir: '/d' };
      t.same(wideningsOf(entry, grantsOf(manifest), places), [], found.name);
      const prepared = {
        command: 'node',
        args: [],
        cwd: '/',
        env: {},
        packageDirs: [],
        code: [],
        contentHash: null,
        hashContent: () => Promise.resolve(''),
        warnings: [],
      };
      const source = pinnedSourceOf(manifest, {
        kind: 'process',
        artifactHash: '',
        listingKey: '',
        ...prepared,
      });
      t.same(entry.source, source, found.name);
    }
  },
);
