import t from 'tap';
import { redactAssignments } from '../../runtime/base/redact-assignments.ts';

const HIDDEN: readonly (readonly [string, string])[] = [
  ['password=hunter2 next', 'password=# next'],
  ['Password: hunter2', 'Password: #'],
  ['pwd = hunter2;x', 'pwd = #;x'],
  ['PGPASSWORD=x psql', 'PGPASSWORD=x psql'],
  ['PG_PASSWORD=x psql', 'PG_PASSWORD=# psql'],
  ['{"password":"a\\"b, c","n":1}', '{"password":"#","n":1}'],
  ['{\\"api_key\\":\\"zzz\\",\\"n\\":1}', '{\\"api_key\\":\\"#\\",\\"n\\":1}'],
  ["{ 'client_secret' : 'it is' }", "{ 'client_secret' : '#' }"],
  ['AWS_SECRET_ACCESS_KEY="abc/def ghi"', 'AWS_SECRET_ACCESS_KEY="#"'],
  ['https://x/y?a=1&access_token=abc&b=2', 'https://x/y?a=1&access_token=#&b=2'],
  ['curl -H "X-Api-Key: 12ab" url', 'curl -H "X-Api-Key: #" url'],
  ['Authorization: Digest a="b", c=d', 'Authorization: #"b", c=d'],
  ['authorization: Bearer abc def\nnext: 1', 'authorization: #\nnext: 1'],
  ['Cookie: a=b; c=d\r\nHost: h', 'Cookie: #\r\nHost: h'],
  ['token: Bearer abc, x', 'token: #, x'],
  ['password := "x"', 'password := "#"'],
  ["'password' => 'x'", "'password' => '#'"],
  ['token=12345678901234', 'token=#'],
  ['password="never closed', 'password="#'],
  ['password=1 token=abc secret=2b', 'password=# token=# secret=#'],
];

const KEPT = [
  'token: 5',
  'max_tokens=4096 token_count: 7',
  'token: string; password?: string',
  '"password": null, "token": false',
  '"secrets": {"a": 1}',
  'password:',
  'password: ',
  'the password is wrong',
  'a == b, x := y, http://host:80/',
  '::::====',
  '',
];

await t.test('values of sensitive keys', (test) => {
  for (const [text, expected] of HIDDEN) test.equal(redactAssignments(text, '#'), expected);
  test.end();
});

await t.test('everything else stays', (test) => {
  for (const text of KEPT) test.equal(redactAssignments(text, '#'), text);
  test.end();
});

await t.test('twice changes nothing more', (test) => {
  for (const [text] of HIDDEN) {
    const once = redactAssignments(text, '[redacted]');
    test.equal(redactAssignments(once, '[redacted]'), once);
  }
  test.end();
});
