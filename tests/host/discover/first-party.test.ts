import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import { isFirstParty } from '../../../runtime/host/discover/first-party.ts';

await t.test(
  'what really lies in the plugins folder of the program is part of it, and nothing else',
  (test) => {
    const root = mkdtempSync(join(tmpdir(), 'nexus-first-'));
    test.teardown(() => rmSync(root, { recursive: true, force: true }));
    const program = join(root, 'program');
    for (const dir of ['program/plugins/own', 'program/manifests', 'others/foreign']) {
      mkdirSync(join(root, dir), { recursive: true });
    }
    symlinkSync(join(root, 'others', 'foreign'), join(program, 'plugins', 'linked'));
    symlinkSync(program, join(root, 'checkout'));
    const of = (source: Record<string, unknown>, pluginsDir = join(program, 'plugins')): boolean => {
      const manifest = { ...manifestSchema.parse({ source }), name: 'x', prefix: 'x' };
      return isFirstParty(
        manifest,
        { manifestsDir: join(program, 'manifests'), pluginsDir },
        join(root, 'checkout'),
      );
    };
    test.ok(of({ plugin: '../plugins/own' }));
    test.ok(of({ plugin: 'own' }), 'by its bare name');
    test.ok(of({ plugin: join(root, 'checkout/plugins/own') }));
    test.notOk(of({ plugin: '../plugins/linked' }), 'a link to a package of somebody else');
    test.notOk(of({ plugin: '../plugins' }));
    test.notOk(of({ plugin: '../plugins/../../others/foreign' }));
    test.notOk(of({ plugin: 'foreign' }, join(root, 'others')), "the operator's own plugins folder");
    test.notOk(of({ plugin: 'missing' }, join(root, 'others')));
    test.notOk(of({ command: join(program, 'plugins/own/main.js') }), 'a command is never');
    test.end();
  },
);
