// The kill campaign: 300 kernels killed in the middle of turns (or as many as the first argument says; the second is the
// seed). Prints the figures; exit code 1 when a promise was broken.
import { runCampaign } from '../tests/fixtures/kill-campaign.ts';

const [kills = '300', seed = '1'] = process.argv.slice(2);
const startedMs = performance.now();
const { faults, ...figures } = await runCampaign({
  kills: Number(kills),
  kernels: 3,
  seed: Number(seed),
  onKill: (killed) => {
    if (killed % 25 === 0) process.stdout.write(`${killed} kills\n`);
  },
});
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
for (const fault of faults) process.stdout.write(`FAULT ${fault}\n`);
const minutes = ((performance.now() - startedMs) / 60_000).toFixed(1);
process.stdout.write(
  `${faults.length} faults in ${figures.turns} turns and ${figures.kills} kills, ${minutes} minutes\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
