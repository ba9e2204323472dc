import t from 'tap';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import { riskOf } from '../../../runtime/host/consent/risk.ts';

const manifest = (draft: object): Manifest => ({
  ...manifestSchema.parse({ source: { command: 'x' }, ...draft }),
  name: 'p',
  prefix: 'p',
});
const score = (draft: object, tier: 'sandbox' | 'process' | 'worker' | null = null): number => {
  const { score: sum, lines } = riskOf(manifest(draft), tier);
  t.equal(
    lines.reduce((points, line) => points + line.points, 0),
    sum,
    'the lines add up',
  );
  return sum;
};

await t.test('one point for being there, one for each thing that would help to do harm', async (t) => {
  t.equal(score({}), 1);
  t.equal(score({ permissions: { fs: { read: ['/a'] } } }), 2);
  t.equal(score({ permissions: { net: ['a.org:443'] } }), 2);
  t.equal(score({ permissions: { env: ['TOKEN'] } }), 2);
  const key = { type: 'string', title: 'Key' };
  t.equal(score({ settings: { KEY: { ...key, sensitive: true } } }), 2);
  t.equal(score({ settings: { KEY: key } }), 1);
  t.equal(score({ permissions: { exec: true } }), 2);
  t.equal(score({ isolation: 'process' }), 2);
  const all = { fs: { write: ['/a'] }, net: ['a.org:443'], env: ['T'], exec: true };
  t.equal(score({ permissions: all }), 5);
  t.equal(score({ permissions: all, isolation: 'worker' }), 6);
});

await t.test('the tier in force counts, not the one that would do', async (t) => {
  t.equal(score({ isolation: 'process' }, 'sandbox'), 1);
  t.equal(score({}, 'process'), 2);
});

await t.test('a remote server does nothing here, but what it is sent leaves', async (t) => {
  t.equal(score({ source: { url: 'https://a.org/mcp' } }), 2);
  t.equal(score({ source: { url: 'https://a.org/mcp', headers: { authorization: 'x' } } }), 3);
  t.match(riskOf(manifest({ source: { url: 'https://a.org/mcp' } }), null).lines[2]?.text, 'leaves this one');
});
