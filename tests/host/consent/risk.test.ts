import { homedir } from 'node:os';
import t from 'tap';
import { manifestSchema, type Manifest } from '../../../runtime/contract/manifest.ts';
import { riskOf } from '../../../runtime/host/consent/risk.ts';

const places = { manifestsDir: '/m', workspaceDir: '/w', pluginDataDir: '/d' };
const manifest = (draft: object): Manifest => ({
  ...manifestSchema.parse({ source: { command: 'x' }, ...draft }),
  name: 'p',
  prefix: 'p',
});
const score = (draft: object, tier: 'sandbox' | 'process' | 'worker' | null = null): number => {
  const { score: sum, lines } = riskOf(manifest(draft), tier, places);
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
  t.match(
    riskOf(manifest({ source: { url: 'https://a.org/mcp' } }), null, places).lines[2]?.text,
    'leaves this one',
  );
});

await t.test('a setting counts for what it stands for', async (t) => {
  const settings = { dir: { type: 'directory', title: 'Folder' } };
  const draft = manifest({ settings, permissions: { fs: { read: ['${settings.dir}'] } } });
  const risk = (dir?: string) =>
    riskOf(draft, null, { ...places, settings: new Map(dir === undefined ? [] : [['dir', dir]]) });
  t.match(risk('/srv/notes'), {
    score: 2,
    lines: [{}, { text: 'It reaches files beyond its own: ${settings.dir} (now /srv/notes)' }],
  });
  t.match(risk().lines[1]?.text, /\$\{settings\.dir\} \(no value yet\)/);
  for (const open of [homedir(), '/', '/proc/self/root', `${homedir()}/x/..`]) {
    t.match(risk(open), {
      score: 3,
      lines: [{}, {}, {}, { text: /may be secret: your whole home folder$/ }],
    });
  }
  t.equal(score({ permissions: { fs: { write: ['${home}'] } } }), 3);
});
