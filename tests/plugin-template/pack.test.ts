import '../fixtures/plain-children.ts';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { Conversation } from '../../plugin-template/sdk/src/testing/conversation.ts';
import { makeFolder, typeCommand } from '../fixtures/installation.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

await t.test('what is packed installs without a network, and its plugin answers', async (t) => {
  const root = makeFolder(t);
  const type = async (line: string, cwd = root): Promise<void> => {
    const { code, stdout, stderr } = await typeCommand(cwd, line, { npm_config_cache: join(root, 'cache') });
    t.equal(code, 0, `${line}\n${stdout}\n${stderr}`);
  };
  await type(`node ${JSON.stringify(join(ROOT, 'scripts', 'pack-template.ts'))} packed`);
  // The one package that plugins bring themselves.
  await type(`npm pack ${JSON.stringify(join(ROOT, 'node_modules', 'zod'))} --pack-destination packed`);
  const [create, sdk, zod] = readdirSync(join(root, 'packed'))
    .sort()
    .map((name) => join(root, 'packed', name));
  await type(`npm exec --yes --package=${create} -- create-nexus-plugin weather --js`);
  const weather = join(root, 'weather');
  await type(`npm install --no-audit --no-fund ${sdk} ${zod}`, weather);
  const inside = readFileSync(join(weather, 'node_modules/nexus-plugin-sdk/package.json'), 'utf8');
  t.match(JSON.parse(inside), {
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    private: undefined,
  });

  const server = spawn(process.execPath, ['src/main.js'], { cwd: weather, env: { XDG_DATA_HOME: root } });
  const conversation = new Conversation(server);
  await conversation.open(undefined);
  t.match(await conversation.tools(), [{ name: 'greet' }]);
  t.match(await conversation.call('greet', { who: 'Ada' }, {}), { text: 'Hello, Ada! (number 1)' });
  await conversation.close();
});
