import t from 'tap';
import { campaign } from '../fixtures/campaign.ts';
import { runCampaign } from '../fixtures/kill-campaign.ts';

// "npm run campaign:kills" has 300.
const kills = campaign(60, 6);

await t.test(
  'kernel kills in the middle of turns: nothing lost, nothing done twice, nothing said that is not so',
  { timeout: 280_000 },
  async (t) => {
    const figures = await runCampaign({ kills, kernels: 2, seed: 5 });
    t.same(figures.faults, []);
    t.equal(figures.kills, kills);
    t.ok(figures.turns > 0 && figures.irreversible > 0, 'turns were asked for and had their effect');
    t.ok(figures.killsInTurns > 0, `some kills cut a turn off: ${JSON.stringify(figures)}`);
  },
);
