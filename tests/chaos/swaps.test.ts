import t from 'tap';
import { campaign } from '../fixtures/campaign.ts';
import { findProcesses, findZombies, readEffects, readLedger, settled } from '../fixtures/chaos-stage.ts';
import { startKernel, type KernelProcess } from '../fixtures/kernel-process.ts';
import { callPlugin, callSteadily, createSwappedPlugin } from '../fixtures/swap-stage.ts';

const swaps = campaign(100, 16);
const patienceMs = 30_000;

async function writeSetting({ url, token }: KernelProcess, value: string): Promise<void> {
  const response = await fetch(`${url}/api/settings/plugin.p.OF_SETTING`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ value }),
  });
  if (!response.ok) throw new Error(`setting: ${response.status} ${await response.text()}`);
}

await t.test(
  `${swaps} swaps of code, manifest and setting under 200 calls a second: none fails, is lost or doubled`,
  { timeout: 280_000 },
  async (t) => {
    await using plugin = await createSwappedPlugin();
    const { home } = plugin;
    const kernel = await startKernel(home);
    await callPlugin(kernel, 'first');
    const stop = new AbortController();
    let latest = '';
    const answering = callSteadily(kernel, stop.signal, ({ text }) => {
      latest = text.slice(text.indexOf(' ') + 1);
    });
    const wanted = ['c0', 'm0', 'unset'];
    const changes = [
      (version: string) => plugin.writeCode(version),
      (version: string) => plugin.writeManifest(version),
      (version: string) => writeSetting(kernel, version),
    ];
    const visibleMs: number[] = [];
    for (let swap = 1; swap <= swaps; swap++) {
      const kind = swap % changes.length;
      const version = `${'cms'[kind]}${swap}`;
      wanted[kind] = version;
      const changedMs = performance.now();
      await changes[kind]?.(version);
      while (latest !== wanted.join('/') && performance.now() - changedMs < patienceMs) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      if (latest !== wanted.join('/')) {
        t.fail(`swap ${swap} never came in force: ${latest}, not ${wanted.join('/')}`);
        break;
      }
      visibleMs.push(performance.now() - changedMs);
    }
    stop.abort();
    const answers = await answering;
    const sorted = visibleMs.toSorted((a, b) => a - b);
    t.comment(
      `${answers.length} calls; a change is visible after p50 ${sorted[swaps / 2]?.toFixed(0)} ms, p95 ${sorted[swaps * 0.95]?.toFixed(0)} ms`,
    );
    t.same(
      answers.filter(({ isOk }) => !isOk).map(({ mark, text }) => `${mark}: ${text}`),
      [],
      'no call failed',
    );
    t.same(await settled(() => findZombies(kernel.pid)), [], 'no zombie');
    t.equal(await kernel.stop(), 0);
    t.same(await settled(() => findProcesses(home)), [], 'no orphan process');
    const ledger = readLedger(home);
    const effects = await readEffects(home);
    t.equal(ledger.size, answers.length + 1, 'one run a call');
    t.same([...new Set(ledger.values())], ['SUCCEEDED']);
    t.equal(effects.length, answers.length + 1, 'one effect a call');
    t.equal(new Set(effects).size, effects.length, 'none twice');
  },
);
