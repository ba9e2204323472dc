import t from 'tap';
import { REDACTED, redactText } from '../../runtime/base/redact-text.ts';

// The tildes keep scanners of repositories from taking the examples for leaked secrets.
const join = (text: string): string => text.replaceAll('~', '');
const b62 = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6kL9n';
const PEM = join('-----BEGIN RSA PRIVATE~ KEY-----\nMIIE\nabc==\n-----END RSA PRIVATE~ KEY-----');

const SECRETS: Readonly<Record<string, string>> = {
  'private key': PEM,
  'private key cut off': PEM.slice(0, 45),
  'OpenSSH key': PEM.replaceAll('RSA', 'OPENSSH'),
  'PGP key': PEM.replaceAll('RSA ', 'PGP ').replaceAll('KEY-', 'KEY BLOCK-'),
  JWT: join(`eyJ~hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`),
  JWE: join(`eyJ~hbGciOiJSU0EtT0FFUCJ9.OKOawDo13gRp.48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT`),
  OpenAI: join(`sk~-proj-${b62}`),
  Anthropic: join(`sk~-ant-api03-${b62}-AA`),
  Stripe: join(`sk~_live_${b62}`),
  'GitHub classic': join(`ghp~_${b62.slice(0, 36)}`),
  'GitHub app': join(`ghs~_${b62.slice(0, 36)}`),
  'GitHub fine-grained': join(`github~_pat_11ABCDEFG0${b62}`),
  'Slack bot': join(`xoxb~-123456789012-${b62}`),
  'Slack app': join(`xapp~-1-A0123-${b62}`),
  AWS: join(`AKIA~IOSFODNN7EXAMPLE`),
  Google: join(`AIza~Sy${b62.slice(0, 33)}`),
  GitLab: join(`glpat~-${b62.slice(0, 20)}`),
  npm: join(`npm~_${b62.slice(0, 36)}`),
  'Hugging Face': join(`hf~_${b62.slice(0, 34)}`),
  PyPI: join(`pypi~-AgEIcHlwaS5vcmc${b62}`),
  Telegram: join(`123456789:AA~${b62.slice(0, 33)}`),
  SendGrid: join(`SG~.${b62.slice(0, 22)}.${b62}`),
};

await t.test('secrets are found by their shape, anywhere in a text', (test) => {
  for (const [name, secret] of Object.entries(SECRETS)) {
    test.equal(redactText(secret), REDACTED, name);
    test.notMatch(redactText(`got "${secret}", then more`), secret, name);
    test.match(redactText(`got "${secret}", then`), /^got "\[redacted\]/, name);
  }
  test.end();
});

const PARTS: readonly (readonly [string, string])[] = [
  ['Bearer xyz', 'Bearer [redacted]'],
  ['use BEARER abc123 now', 'use BEARER [redacted] now'],
  ['Basic dXNlcjpwYXNz', 'Basic [redacted]'],
  ['Basic dXNlcjpwYXNzMQ==', 'Basic [redacted]'],
  ['postgres://me:s3cr@t@db.example/x?y=1', 'postgres://me:[redacted]@db.example/x?y=1'],
  ['https://:only@host', 'https://:[redacted]@host'],
  [
    join('https://hooks.slack~.com/services/T0/B0/abcDEF end'),
    'https://hooks.slack.com/services/[redacted] end',
  ],
  ['https://discord.com/api/webhooks/123/abc-DEF', 'https://discord.com/api/webhooks/[redacted]'],
  ['login with password=hunter2!', 'login with password=[redacted]'],
];

await t.test('only the secret part of a text goes', (test) => {
  for (const [text, expected] of PARTS) test.equal(redactText(text), expected);
  test.end();
});

const HARMLESS = [
  'send a bearer token, then basic authentication or basic HTML',
  'https://example.org:8080/a@b and mailto:me@example.org',
  'git@github.com:owner/repo.git at http://localhost:4700/mcp',
  'task-sk-foo risk-averse desk-lamp-with-a-very-long-name ghp_short xoxo',
  '-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4',
  'commit 3f786850e387550fdab836ed7e6dc881de23001b, id 01a1fd1d-3567-71c3-9913-33c00c3a7b99',
  '2026-11-21T07:48:30.123Z info plugin github started in 32 ms pid=123',
  'tiny',
  '',
];

await t.test('ordinary text stays as it is', (test) => {
  for (const text of HARMLESS) test.equal(redactText(text), text);
  test.end();
});

await t.test('twice changes nothing more', (test) => {
  for (const text of [...Object.values(SECRETS), ...PARTS.map(([part]) => part)]) {
    const once = redactText(`x=1 ${text} y: 2`);
    test.equal(redactText(once), once);
  }
  test.end();
});

const MEBIBYTE = 1_048_576;
const ATTACKS = [
  'a',
  '-',
  ' ',
  '"',
  "'",
  '\\',
  '=',
  ':',
  '://',
  '://a:',
  '://a:b',
  '@',
  'eyJ',
  'eyJ-',
  'eyJaaaaaaaa.',
  '.',
  'eyJ' + 'a'.repeat(20) + '.',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  '-----BEGIN RSA PRIVATE KEY',
  'sk-',
  'sk-a ',
  'ghp_',
  'ghp_a',
  'xoxb-',
  'AKIA',
  'AIza',
  'SG.',
  'SG.aaaaaaaaaaaaaaaaa.',
  'Bearer ',
  'Bearer  ',
  'bearer a ',
  'password',
  'password=',
  'password="',
  "password='",
  'password: "\\',
  'token: ',
  'token:token:',
  'authorization:',
  'authorization: bearer ',
  'secret=[',
  'secret = {',
  '12345678:AA',
  '1',
  'https://hooks.slack.com/services/',
  '\u0000',
  '\ud800',
  'é',
];

await t.test('no text of a mebibyte stalls: time grows with length only', (test) => {
  for (const piece of ATTACKS) {
    const text = piece.repeat(Math.ceil(MEBIBYTE / piece.length));
    const started = performance.now();
    redactText(text);
    // Linear work takes 5 ms to 300 ms here; quadratic work on a mebibyte would take minutes.
    test.ok(performance.now() - started < 5_000, JSON.stringify(piece));
  }
  test.end();
});
