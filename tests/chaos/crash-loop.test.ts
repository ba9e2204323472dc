import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { pluginHealthSchema } from '../../runtime/contract/health.ts';
import { isJsonObject } from '../../runtime/contract/plugins.ts';
import { campaign } from '../fixtures/campaign.ts';
import { findProcesses, findZombies, settled } from '../fixtures/chaos-stage.ts';
import { apiOf } from '../fixtures/kernel-api.ts';
import { createKernelHome, startKernel, type KernelProcess } from '../fixtures/kernel-process.ts';

const server = fileURLToPath(new URL('../fixtures/crash-plugin/server.pl', import.meta.url));
const collectFirst = new URL('../fixtures/collect-first.mjs', import.meta.url).href;
const crashes = campaign(1_000, 120);
const ways = ['exit', 'segv', 'noise', 'kill'] as const;

/** What a process holds, as the system counts it. */
function holdings(pid: number): {
  readonly rssMb: number;
  readonly descriptors: number;
  readonly threads: number;
} {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const figure = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
  const descriptors = readdirSync(`/proc/${pid}/fd`).length;
  return { rssMb: figure('VmRSS') / 1_024, descriptors, threads: figure('Threads') };
}

async function usedHeapMb({ url, token }: KernelProcess): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const used = /^nodejs_heap_size_used_bytes (\S+)$/m.exec(await response.text())?.[1];
  return Number(used) / 1_048_576;
}

await t.test(
  `a plugin that crashes ${crashes} times: the kernel goes on as before and no process is left`,
  { timeout: 240_000 },
  async (t) => {
    await using home = await createKernelHome({
      crash: { source: { command: 'perl', args: [server] } },
      calm: { source: { command: 'perl', args: [server] } },
    });
    const kernel = await startKernel(home, [], ['--import', collectFirst]);
    const api = apiOf(kernel);
    const call = (tool: string, args: unknown = {}) =>
      api.send('POST', '/api/call', { tool, arguments: args });
    const textOfCall = async (tool: string): Promise<unknown> => {
      const { body } = await call(tool);
      return isJsonObject(body) ? body['result'] : body;
    };
    const calm = await textOfCall('calm.pid');
    const begun = performance.now();
    let warm = holdings(kernel.pid);
    /** Used heap after a collection, every ten crashes; some looks are in the middle of things. */
    const heapMb: number[] = [];
    const wrong: string[] = [];
    for (let crash = 0; crash < crashes; crash++) {
      const { status, body } = await call('crash.crash', { how: ways[crash % ways.length] });
      if (status !== 502) wrong.push(`crash ${crash}: ${status} ${JSON.stringify(body)}`);
      if (crash === 4) {
        const held = await api.get('/api/plugins/crash/health', pluginHealthSchema);
        t.match(held, { state: 'quarantined', reason: /^crash loop: /, breaker: { state: 'open' } });
        t.equal((await call('crash.pid')).status, 503, 'not started while the breaker is open');
      }
      // What an operator does who does not want to wait, or the breaker would make this take days.
      if (crash >= 4) await api.send('POST', '/api/plugins/crash/restart');
      if (crash % 10 === 0) heapMb.push(await usedHeapMb(kernel));
      if (crash === crashes / 5) warm = holdings(kernel.pid);
    }
    const seconds = (performance.now() - begun) / 1_000;
    t.same(wrong.slice(0, 5), [], 'every crash was told to its caller');
    t.same(await settled(() => findZombies(kernel.pid)), [], 'no zombie');
    await api.send('POST', '/api/plugins/crash/restart');
    t.equal((await call('crash.pid')).status, 200, 'it answers again');
    t.same(await textOfCall('calm.pid'), calm, 'the other plugin was never restarted');
    const { calls, errors, restarts } = await api.get('/api/plugins/crash/health', pluginHealthSchema);
    t.match({ calls, restarts }, { calls: { errors: crashes + 1 }, restarts: crashes });
    t.equal(errors.length, 20);
    const end = holdings(kernel.pid);
    t.comment(`${seconds.toFixed(0)} s; ${JSON.stringify({ warm, end })}`);
    const [before, after] = [
      Math.min(...heapMb.slice(heapMb.length / 5, heapMb.length / 2)),
      Math.min(...heapMb.slice(-heapMb.length * 0.3)),
    ];
    // Once everything is warm it grows by 2 MB; 10 KB a crash are still seen.
    t.ok(after - before < 8, `heap ${before.toFixed(0)} MB, then ${after.toFixed(0)} MB`);
    t.ok(end.rssMb - warm.rssMb < 120, `RSS ${warm.rssMb.toFixed(0)} MB, then ${end.rssMb.toFixed(0)} MB`);
    t.ok(end.descriptors - warm.descriptors < 10, `${warm.descriptors} descriptors, then ${end.descriptors}`);
    t.ok(end.threads <= warm.threads + 2, `${warm.threads} threads, then ${end.threads}`);
    t.equal(await kernel.stop(), 0, 'it is the kernel that was started, and it stops when asked');
    t.same(await settled(() => findProcesses(home)), [], 'no process is left');
  },
);
