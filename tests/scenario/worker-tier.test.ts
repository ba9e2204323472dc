import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { pluginSchema } from '../../runtime/contract/api.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../fixtures/kernel-process.ts';
import { waitForTools } from './peer.ts';
import { connectV2Http } from './v2-peer.ts';

t.setTimeout(120_000);

const FIRST_PARTY = fileURLToPath(new URL('../../plugins/filesystem', import.meta.url));
const FOREIGN = fileURLToPath(new URL('../fixtures/echo-plugin', import.meta.url));

await t.test(
  'a plugin of Nexus itself may be a thread of the kernel, one of somebody else may not',
  async (test) => {
    await using home = await createKernelHome({
      files: { source: { plugin: FIRST_PARTY }, isolation: 'worker' },
      echo: { source: { plugin: FOREIGN }, isolation: 'worker' },
    });
    await using kernel = await startKernel(home);
    await using peer = await connectV2Http(kernel);
    await waitForTools(peer, ['files__write_file']);
    const written = await peer.call('files__write_file', { path: 'a.txt', content: 'from a thread' });
    test.equal(written.isError, false);
    test.equal(await readFile(join(home.workspace, 'a.txt'), 'utf8'), 'from a thread');

    const api = apiOf(kernel);
    const plugins = await api.get('/api/plugins', z.array(pluginSchema));
    const [echo, files] = plugins.sort((a, b) => (a.name < b.name ? -1 : 1));
    test.match(files, {
      state: 'active',
      tier: 'worker',
      enforcement: { files: 'none', network: 'none', processes: 'none', memory: 'advisory' },
    });
    test.match(echo, {
      name: 'echo',
      state: 'error',
      tier: null,
      reason: /isolation "worker".*not part of Nexus/,
    });

    const refused = await api.refused('POST', '/api/call', { tool: 'echo.echo', arguments: {} });
    test.ok(refused.status >= 400, `${refused.status} ${refused.message}`);
    await home.writeManifest('echo', { source: { plugin: FOREIGN } });
    await waitForTools(peer, ['echo__echo']);
  },
);
