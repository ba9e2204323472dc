import t from 'tap';
import { UsageMeter } from '../../../runtime/host/health/usage-meter.ts';

await t.test(
  'a share of a processor is that since the last look, at the first since the start',
  async (t) => {
    const clock = { nowMs: 10_000, now: () => clock.nowMs };
    const meter = new UsageMeter(clock);
    let cpuMs = 500;
    let reads = 0;
    const read = () => {
      reads++;
      return Promise.resolve({ processes: 1, memoryBytes: 1, memoryKind: 'pss' as const, cpuMs });
    };
    t.match(await meter.look(8_000, read), { cpuPercent: 25, cpuMs: 500 });
    cpuMs = 900;
    clock.nowMs += 999;
    t.match(await meter.look(8_000, read), { cpuPercent: 25, cpuMs: 500 }, 'too early for another one');
    t.equal(reads, 1);
    clock.nowMs += 1;
    t.match(await meter.look(8_000, read), { cpuPercent: 40, cpuMs: 900 });
    clock.nowMs += 2_000;
    cpuMs = 100;
    t.match(await meter.look(8_000, read), { cpuPercent: 0 }, 'children that ended took theirs along');
    t.match(await meter.look(12_500, read), { cpuPercent: 20 }, 'another process');
    clock.nowMs += 1_000;
    t.equal(await meter.look(12_500, () => Promise.resolve(null)), null);
  },
);
