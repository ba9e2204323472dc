import t from 'tap';
import { manifestSchema } from '../../../runtime/contract/manifest.ts';
import { findGrant, parseGrants } from '../../../runtime/sandbox/egress/grants.ts';

const NET =
  `api.example.org:443 any.example.org:* *.wild.example.org:443 one.wild.example.org:80 10.0.0.5:443 [::1]:80
  Mixed.Example.ORG:80 xn--bcher-kva.example.org:80`.split(/\s+/);

await t.test('grants cover what they say', (test) => {
  const grants = parseGrants('probe', NET);
  const covered = `api.example.org:443 any.example.org:1 any.example.org:65535 a.wild.example.org:443
    a.b.wild.example.org:443 one.wild.example.org:80 one.wild.example.org:443 10.0.0.5:443 mixed.example.org:80
    xn--bcher-kva.example.org:80`.split(/\s+/);
  const uncovered = `api.example.org:80 example.org:443 api.example.org.evil.org:443 evil-api.example.org:443
    wild.example.org:443 evilwild.example.org:443 a.wild.example.org:80 10.0.0.5:80 10.0.0.50:443`.split(
    /\s+/,
  );
  const isCovered = (text: string): boolean => {
    const [host = '', port] = text.split(':');
    return findGrant(grants, host, Number(port)) !== undefined;
  };
  for (const text of covered) test.ok(isCovered(text), text);
  for (const text of uncovered) test.notOk(isCovered(text), text);
  test.ok(findGrant(grants, '::1', 80));
  test.notOk(findGrant(grants, '::1', 443));
  test.equal(findGrant(grants, 'one.wild.example.org', 80)?.covers, 'name');
  test.end();
});

await t.test('a wildcard over the last label of an address is no wildcard over addresses', (test) => {
  test.equal(findGrant([{ covers: 'subdomains', host: '0.0.1', port: 80 }], '127.0.0.1', 80), undefined);
  test.end();
});

await t.test('grants that do not mean what they seem to say are refused with what to write', (test) => {
  const refused: Readonly<Record<string, string>> = {
    '0x7f.1:80': 'Write "127.0.0.1:80"',
    '2130706433:80': 'Write "127.0.0.1:80"',
    '127.1:*': 'Write "127.0.0.1:*"',
    '[::ffff:10.0.0.6]:80': 'Write "10.0.0.6:80"',
    '*.[::1]:80': 'Write "[::1]:80"',
    '*.10.0.0.1:80': 'Write "10.0.0.1:80"',
    'a..b:80': 'Write it like "api.github.com:443"',
    '1.2.3.4.5:80': 'Write it like "api.github.com:443"',
    'api.example.org:0': 'Write it like "api.example.org:443"',
    'api.example.org:65536': 'Write it like "api.example.org:443"',
    '0.0.0.0:80': 'Name the host itself',
    '[::]:80': 'Name the host itself',
    '224.0.0.251:5353': 'Name the host itself',
    '[ff02::fb]:5353': 'Name the host itself',
    '255.255.255.255:80': 'Name the host itself',
  };
  for (const [entry, todo] of Object.entries(refused)) {
    test.throws(() => parseGrants('probe', [entry]), { code: 'PERMISSION_REFUSED', data: { todo } }, entry);
  }
  test.end();
});

await t.test('every form the manifest accepts is understood here', (test) => {
  const parsed = manifestSchema.parse({ source: { command: 'x' }, permissions: { net: NET } });
  test.equal(parseGrants('probe', parsed.permissions.net).length, NET.length);
  test.end();
});
