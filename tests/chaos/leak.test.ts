import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { descendantsOf } from '../../runtime/sandbox/host-processes.ts';
import { campaign } from '../fixtures/campaign.ts';
import { openHost, textOf } from '../fixtures/host-stage.ts';
import { usedBytes } from '../fixtures/memory.ts';

const server = fileURLToPath(new URL('../fixtures/crash-plugin/server.pl', import.meta.url));
const mebibyte = 1_048_576;
const swaps = campaign(1_000, 100);
/** Swapped side by side: a swap of one plugin waits 80 ms for further changes. */
const plugins = 20;
const rounds = swaps / plugins;
/** After these rounds everything is loaded and compiled that swaps need. */
const warmRounds = rounds / 5;

interface Holding {
  readonly heapMb: number;
  readonly rssMb: number;
  readonly descriptors: number;
}

/** What this process holds when the old versions have ended: the least of several looks, since memory is freed beside the program. */
async function holding(mostProcesses: number): Promise<Holding> {
  const looks: Holding[] = [];
  for (let look = 0; look < 200 && looks.length < 5; look++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    if ((await descendantsOf(process.pid)).length > mostProcesses) continue;
    const rssKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    looks.push({
      heapMb: usedBytes() / mebibyte,
      rssMb: Number(rssKb) / 1_024,
      descriptors: readdirSync('/proc/self/fd').length,
    });
  }
  if (looks.length === 0) throw new Error('old versions are left');
  const least = (figure: keyof Holding): number => Math.min(...looks.map((look) => look[figure]));
  return { heapMb: least('heapMb'), rssMb: least('rssMb'), descriptors: least('descriptors') };
}

await t.test(
  `${swaps} swaps: the kernel holds as much as before, and no old version is left`,
  { timeout: 280_000 },
  async (t) => {
    const names = Array.from({ length: plugins }, (_, at) => `p${at}`);
    const draft = { source: { command: 'perl', args: [server] }, isolation: 'sandbox' };
    const stage = await openHost(t, Object.fromEntries(names.map((name) => [name, draft])));
    const pidOf = async (name: string): Promise<string> => textOf(await stage.call(name, 'pid'));
    let pids = await Promise.all(names.map(pidOf));
    let unswapped = 0;
    const mostProcesses = (await descendantsOf(process.pid)).length;
    let warm = await holding(mostProcesses);
    const begunMs = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const name of names) stage.host.reload(name);
      await stage.host.listed(30_000);
      // What the stage keeps for other tests is no leak.
      stage.events.length = 0;
      stage.logs.length = 0;
      const before = pids;
      pids = names.map((name) => String(stage.status(name).pid));
      unswapped += pids.filter((pid, at) => pid === before[at]).length;
      await Promise.all(names.map(pidOf));
      if (round === warmRounds - 1) warm = await holding(mostProcesses);
    }
    const end = await holding(mostProcesses);
    const seconds = ((performance.now() - begunMs) / 1_000).toFixed(0);
    t.comment(`${seconds} s; ${JSON.stringify({ warm, end })}`);
    t.equal(unswapped, 0, 'every swap took place');
    // What is outside of the heap comes and goes in steps of 2.5 MB; 10 KB a swap are still seen.
    t.ok(end.heapMb - warm.heapMb < 8, `heap ${warm.heapMb.toFixed(1)} MB, then ${end.heapMb.toFixed(1)} MB`);
    // It goes up and down by 70 MB as the collector and the allocator like; a leak of 150 KB a swap is still seen.
    t.ok(end.rssMb - warm.rssMb < 120, `RSS ${warm.rssMb.toFixed(0)} MB, then ${end.rssMb.toFixed(0)} MB`);
    t.ok(end.descriptors <= warm.descriptors + 5, `${warm.descriptors} descriptors, then ${end.descriptors}`);
    // The end of the stage fails when a process is left.
    await stage.close();
  },
);
