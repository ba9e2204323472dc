import { once } from 'node:events';
import { createServer } from 'node:net';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { pluginDetailSchema, type PluginDetail } from '../../runtime/contract/api.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { startKernel, type KernelProcess } from '../fixtures/kernel-process.ts';
import { callPlugin, createSwappedPlugin, type SwappedPlugin } from '../fixtures/swap-stage.ts';

/** A running kernel with one plugin whose first version has answered. */
async function serve(t: Test): Promise<{
  readonly plugin: SwappedPlugin;
  readonly kernel: KernelProcess;
  readonly folder: string;
  readonly file: string;
  readonly manifest: string;
  readonly until: (isSo: (detail: PluginDetail) => boolean) => Promise<PluginDetail>;
  readonly answersAs: (versions: string, why: string) => Promise<void>;
  readonly comesToAnswerAs: (versions: string, why: string) => Promise<void>;
}> {
  const plugin = await createSwappedPlugin();
  const kernel = await startKernel(plugin.home);
  t.teardown(async () => {
    await kernel.stop();
    await plugin[Symbol.asyncDispose]();
  });
  const until = async (isSo: (detail: PluginDetail) => boolean): Promise<PluginDetail> => {
    for (let look = 0; look < 600; look++) {
      const detail = await apiOf(kernel).get('/api/plugins/p', pluginDetailSchema);
      if (isSo(detail)) return detail;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`it never came to ${String(isSo)}`);
  };
  let calls = 0;
  const answersAs = async (versions: string, why: string): Promise<void> => {
    const mark = `t${calls++}`;
    t.same(await callPlugin(kernel, mark), { mark, isOk: true, text: `${mark} ${versions}` }, why);
  };
  // What is saved in several steps may be taken over in several, each of them a good version; no call may fail.
  const comesToAnswerAs = async (versions: string, why: string): Promise<void> => {
    for (let look = 0; look < 600; look++) {
      const { isOk, text } = await callPlugin(kernel, `t${calls++}`);
      if (!isOk || text.endsWith(` ${versions}`)) return void t.ok(isOk, why, { text });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.fail(why);
  };
  await answersAs('c0/m0/unset', 'the first version');
  const folder = join(plugin.home.root, 'code');
  const manifest = join(plugin.home.manifests, 'p.json');
  return {
    plugin,
    kernel,
    folder,
    file: join(folder, 'server.mjs'),
    manifest,
    until,
    answersAs,
    comesToAnswerAs,
  };
}

const hasFailed = ({ status }: PluginDetail): boolean => status.pending?.kind === 'failed';

/** The plugin must serve on as before, with the reason and a way out shown, and take the next good version. */
async function endures(
  t: Test,
  name: string,
  spoil: (stage: Awaited<ReturnType<typeof serve>>) => Promise<RegExp>,
) {
  await t.test(name, async (t) => {
    const stage = await serve(t);
    const reason = await spoil(stage);
    const { status } = await stage.until(hasFailed);
    t.match(status.pending?.reason, reason, 'the reason is told');
    t.match(
      `${status.pending?.reason} ${status.pending?.nextStep}`,
      /nexus|Correct|Write|Delete|Declare/,
      'and what to do',
    );
    t.equal(status.state, 'active');
    await stage.answersAs('c0/m0/unset', 'the old one serves on');
    await rm(stage.folder, { recursive: true, force: true });
    await cp(join(stage.plugin.home.root, 'good'), stage.folder, { recursive: true });
    await stage.plugin.writeManifest('m1');
    await stage.plugin.writeCode('c1');
    await stage.comesToAnswerAs('c1/m1/unset', 'the next good version takes over');
    await stage.until(({ status: now }) => now.pending === null);
  });
}

/** Writes a start that ends or hangs as `text` says, after keeping the good code aside. */
const code = (text: string, reason: RegExp) => async (stage: Awaited<ReturnType<typeof serve>>) => {
  await cp(stage.folder, join(stage.plugin.home.root, 'good'), { recursive: true });
  await writeFile(stage.file, text);
  return reason;
};

await t.test('broken swaps', async (t) => {
  await endures(t, 'syntax error', code('const = ;', /SyntaxError/));
  await endures(
    t,
    'crash at start',
    code('console.error("no database at /x"); process.exit(3);', /no database at \/x/),
  );
  await endures(
    t,
    'wrong protocol',
    code('console.log("{\\"jsonrpc\\":\\"1.0\\"}"); process.stdin.resume();', /PLUGIN|no answer/),
  );
  await endures(t, 'hang at start', code('process.stdin.resume();', /no answer within 3000 ms/));
  await endures(t, 'deleted directory', async (stage) => {
    await rename(stage.folder, join(stage.plugin.home.root, 'good'));
    return /names no file|MANIFEST_INVALID/;
  });
  await endures(t, 'half-written manifest', async (stage) => {
    await cp(stage.folder, join(stage.plugin.home.root, 'good'), { recursive: true });
    await writeFile(stage.manifest, (await readFile(stage.manifest, 'utf8')).slice(0, 40));
    return /MANIFEST_INVALID/;
  });
  await endures(t, 'missing setting', async (stage) => {
    await cp(stage.folder, join(stage.plugin.home.root, 'good'), { recursive: true });
    const manifest: unknown = JSON.parse(await readFile(stage.manifest, 'utf8'));
    const settings = { API_KEY: { type: 'string', title: 'Key', required: true, sensitive: true } };
    await writeFile(stage.manifest, JSON.stringify({ ...Object(manifest), settings }));
    return /API_KEY/;
  });
  await t.test(
    'port clash: every process has a network of its own, so two versions may listen on one port',
    async (t) => {
      const stage = await serve(t);
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      t.teardown(() => taken.close());
      const address = taken.address();
      if (address === null || typeof address === 'string') throw new TypeError('no port');
      const original = await readFile(stage.file, 'utf8');
      for (const version of ['one', 'two']) {
        const listen = `import { createServer } from 'node:net';
const { promise, resolve, reject } = Promise.withResolvers();
createServer().on('error', reject).listen(${address.port}, '127.0.0.1', resolve);
await promise;
`;
        const { status: before } = await stage.until(() => true);
        await writeFile(stage.file, listen + original.replaceAll('c0', version));
        await stage.until(({ status }) => status.pid !== before.pid && status.pending === null);
        await stage.answersAs(`${version}/m0/unset`, version);
      }
    },
  );
  await t.test('slow start: the old one serves until the new one is ready', async (t) => {
    const stage = await serve(t);
    const original = await readFile(stage.file, 'utf8');
    const slow = original.replaceAll('c0', 'slow');
    await writeFile(stage.file, `await new Promise((go) => setTimeout(go, 1_000));\n${slow}`);
    await stage.until(({ status }) => status.pending?.kind === 'starting');
    await stage.answersAs('c0/m0/unset', 'meanwhile');
    await stage.until(({ status }) => status.pending === null);
    await stage.answersAs('slow/m0/unset', 'then');
  });
});
