import t from 'tap';
import {
  decide,
  isPublicAddress,
  type Resolver,
  type Verdict,
} from '../../../runtime/sandbox/egress/decide.ts';
import { parseGrants } from '../../../runtime/sandbox/egress/grants.ts';

/** Nothing is closed in these tests. */
const closing = new AbortController().signal;

/** Decides with the real classification; nothing is connected here. */
function ask(net: string[], host: string, port: number, answers: readonly string[] = []): Promise<Verdict> {
  const resolver: Resolver = () => Promise.resolve(answers);
  return decide(
    { grants: parseGrants('probe', net), resolver, isPublic: isPublicAddress, closing },
    host,
    port,
  );
}

await t.test('a granted name may be public only', async (test) => {
  const net = ['api.example.org:443', '*.wild.example.org:443'];
  test.match(await ask(net, 'api.example.org', 443, ['1.1.1.1', '2606:4700::1111']), {
    allowed: true,
    addresses: ['1.1.1.1', '2606:4700::1111'],
  });
  const refused = `127.0.0.1 10.0.0.1 192.168.0.1 169.254.169.254 168.63.129.16 100.64.0.1 0.0.0.0 ::1 ::
    fe80::1%eth0 fd00::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: ff02::1 255.255.255.255`;
  for (const address of refused.split(/\s+/)) {
    test.match(
      await ask(net, 'api.example.org', 443, ['1.1.1.1', address]),
      { allowed: false, code: 'EGRESS_DENIED', todo: /permissions\.net/ },
      `${address} behind a public one`,
    );
    test.match(await ask(net, 'a.wild.example.org', 443, [address]), { allowed: false }, address);
  }
});

await t.test('a name that only a private network knows may be private, and nothing worse', async (test) => {
  const net = ['db:5432', 'nas.local:445', 'x.internal:80', 'x.home.arpa:80', '*.wild.internal:80'];
  for (const [host, port] of [
    ['db', 5432],
    ['nas.local', 445],
    ['x.internal', 80],
    ['x.home.arpa', 80],
  ] as const) {
    test.match(await ask(net, host, port, ['10.0.0.1']), { allowed: true, addresses: ['10.0.0.1'] }, host);
    test.match(await ask(net, host, port, ['fd00::1']), { allowed: true }, host);
    for (const address of [
      '127.0.0.1',
      '169.254.169.254',
      '169.254.1.1',
      'fd00:ec2::254',
      '100.64.0.1',
      '::1',
    ]) {
      test.match(await ask(net, host, port, [address]), { allowed: false }, `${host} at ${address}`);
    }
  }
  test.match(
    await ask(net, 'a.wild.internal', 80, ['10.0.0.1']),
    { allowed: false },
    'not through a wildcard',
  );
});

await t.test('localhost is loopback, whatever the resolver says', async (test) => {
  const net = ['localhost:3000', 'app.localhost:3000', '*.localhost:4000'];
  for (const host of ['localhost', 'app.localhost']) {
    test.match(await ask(net, host, 3000, ['10.0.0.1']), { allowed: true, addresses: ['127.0.0.1', '::1'] });
  }
  test.match(await ask(net, 'localhost', 3001), { allowed: false });
  test.match(await ask(net, 'a.localhost', 4000), { allowed: false }, 'not through a wildcard');
  test.match(await ask(net, '127.0.0.1', 3000), { allowed: false }, 'not by its address');
});

await t.test('a literal address is a grant of that very address', async (test) => {
  const net = ['10.0.0.5:443', '169.254.169.254:80', '[::1]:80'];
  test.match(await ask(net, '10.0.0.5', 443), { allowed: true, addresses: ['10.0.0.5'] });
  test.match(await ask(net, '169.254.169.254', 80), { allowed: true });
  test.match(await ask(net, '::1', 80), { allowed: true });
  test.match(await ask(net, '10.0.0.6', 443), {
    allowed: false,
    todo: 'Add "10.0.0.6:443" to permissions.net in its manifest',
  });
  test.match(await ask(net, 'fd00:ec2::254', 80), { allowed: false, todo: /"\[fd00:ec2::254\]:80"/ });
});

const failing: Resolver = () => Promise.reject(new Error('SERVFAIL'));

await t.test('answers that are no answers', async (test) => {
  const net = ['api.example.org:443'];
  for (const answers of [[], ['1.1.1.1', 'evil.example.org'], ['0x7f.1'], ['']]) {
    test.match(await ask(net, 'api.example.org', 443, answers), {
      allowed: false,
      code: 'EGRESS_UNREACHABLE',
    });
  }
  const rules = { grants: parseGrants('probe', net), isPublic: isPublicAddress, closing };
  test.match(await decide({ ...rules, resolver: failing }, 'api.example.org', 443), {
    allowed: false,
    code: 'EGRESS_UNREACHABLE',
    reason: 'the name does not resolve (SERVFAIL)',
  });
});

await t.test('a name that is not granted is not looked up', async (test) => {
  const resolver: Resolver = (host) => {
    test.fail(`looked up ${host}`);
    return Promise.resolve(['1.1.1.1']);
  };
  const rules = {
    grants: parseGrants('probe', ['api.example.org:443']),
    resolver,
    isPublic: isPublicAddress,
    closing,
  };
  test.match(await decide(rules, 'secret-in-a-name.evil.org', 443), { allowed: false });
  test.match(await decide(rules, 'api.example.org', 80), { allowed: false });
});
