import t from 'tap';
import { redactKnown, redactKnownTo, SecretFinder } from '../../runtime/base/known-secrets.ts';
import { redactText } from '../../runtime/base/redact-text.ts';

const secret = 'pa"ss/word+ü-4711';

function finderOf(secrets: Readonly<Record<string, string>>): SecretFinder {
  const finder = new SecretFinder();
  for (const [name, text] of Object.entries(secrets)) finder.learn(name, text);
  return finder;
}

await t.test('a secret is found wherever it stands, in every writing', (t) => {
  const finder = finderOf({ key: secret });
  const base64 = Buffer.from(secret).toString('base64');
  for (const writing of [
    secret,
    JSON.stringify({ a: secret }),
    `https://x/?q=${encodeURIComponent(secret)}&z`,
    `Basic ${base64}`,
    base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  ]) {
    for (const text of [writing, `before ${writing}`, `${writing} after`, `a${writing}${writing}b`]) {
      const redacted = finder.redact(text);
      t.match(redacted, '[secret key]', text);
      for (const part of [secret, base64.slice(0, 12), '4711']) t.notMatch(redacted, part, text);
    }
  }
  t.equal(finder.redact(`<${secret}|${secret}>`), '<[secret key]|[secret key]>');
  t.end();
});

await t.test('what only begins like a secret stays', (t) => {
  const finder = finderOf({ key: 'abcdefghijkl', long: 'abcdefghijklmnop', short: 'abcdefg' });
  t.equal(finder.redact('abcdefghijk'), 'abcdefghijk');
  t.equal(finder.redact('abcdefg'), 'abcdefg', 'too short to be told from other text');
  t.equal(finder.redact('xabcdefghijklx'), 'x[secret key]x');
  t.equal(finder.redact('abcdefghijklmnopq'), '[secret long]q', 'the longest one');
  t.equal(finder.redact('abcdefghabcdefghijkl'), 'abcdefgh[secret key]');
  t.end();
});

await t.test('the lines of a secret of several lines', (t) => {
  const pem = '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nshort\n-----END KEY-----\n';
  const finder = finderOf({ pem });
  t.equal(finder.redact('x MIIEvQIBADANBgkqhkiG9w0B'), 'x [secret pem]');
  t.equal(finder.redact('short'), 'short');
  t.equal(finder.redact(JSON.stringify(pem)), '"[secret pem]"');
  t.end();
});

await t.test('every place of random texts, as a plain search finds it', (t) => {
  const finder = new SecretFinder();
  const secrets = Array.from(
    { length: 300 },
    (_, index) => `s${index}-${(index * 7919).toString(36)}-secret`,
  );
  for (const text of secrets) finder.learn('k', text);
  for (let round = 0; round < 300; round += 1) {
    const parts = [round, round + 1, round + 2].map((at) => secrets[(at * 13) % secrets.length] ?? '');
    const text = parts.map((part, at) => `${'ab-'.repeat((round + at) % 11)}${part}`).join('');
    const plain = parts.reduce((left, part) => left.replace(part, '[secret k]'), text);
    if (finder.redact(text) !== plain) t.equal(finder.redact(text), plain);
  }
  t.pass('300 texts');
  t.end();
});

await t.test('nothing of a secret is kept in the finder, and it has a bound', (t) => {
  const finder = new SecretFinder();
  for (let index = 0; index < 10_000; index += 1) finder.learn('k', `a secret that is number ${index}`);
  t.ok(finder.isFull);
  finder.forgetAll();
  t.notOk(finder.isFull);
  t.equal(finder.redact('a secret that is number 1'), 'a secret that is number 1');
  t.end();
});

await t.test('all logs and records of the process leave it out, until it is disposed of', (t) => {
  {
    using _ = redactKnownTo(finderOf({ key: 'harmless words' }));
    t.equal(redactKnown('x harmless words'), 'x [secret key]');
    t.equal(redactText('x harmless words'), 'x [secret key]');
  }
  t.equal(redactText('x harmless words'), 'x harmless words');
  t.end();
});
