import t from 'tap';
import {
  authority,
  canonicalAddress,
  canonicalHost,
  splitAuthority,
} from '../../../runtime/sandbox/egress/hosts.ts';

await t.test('every spelling of a host has one canonical form', (test) => {
  const spellings: Readonly<Record<string, string>> = {
    '127.0.0.1': `127.0.0.1 127.1 127.0.1 0x7f.1 0x7f000001 0X7F.0.0.0x1 2130706433 017700000001 0177.0.0.01
      127.0.0.1. %31%32%37.0.0.1 127.0.0.%31 127。0。0。1 １２７.0.0.1
      [::ffff:127.0.0.1] [::FFFF:7f00:1] [0:0:0:0:0:ffff:127.0.0.1]`,
    '169.254.169.254': '169.254.169.254 0xA9FEA9FE 2852039166 0251.0376.0251.0376 169.254.43518',
    '0.0.0.0': '0 0x0 0.0 0.0.0.0.',
    '::1': '[::1] [0:0:0:0:0:0:0:1] [0000::0001]',
    'fd00:ec2::254': '[fd00:ec2::254] [FD00:0EC2:0::0254]',
    localhost: 'localhost LOCALHOST localhost. loc%61lhost ｌｏｃａｌｈｏｓｔ lo\u00ADcalhost',
    'api.example.org': 'api.example.org API.Example.ORG. api%2Eexample%2eorg api。example．org',
    'xn--bcher-kva.example.org': 'bücher.example.org BÜCHER.example.org xn--bcher-kva.example.org',
  };
  for (const [canonical, texts] of Object.entries(spellings)) {
    for (const text of texts.split(/\s+/)) test.equal(canonicalHost(text), canonical, text);
  }
  test.end();
});

await t.test('what is no host has no form', (test) => {
  const texts = `. .. a..b .a %00 a%0d%0ab %zz a@b a/b a\\b a?b a#b a%2fb a%40b a%3a80 a:80 ::1 [::1 ::1] [::1]]
    [a] [1.2.3.4] [fe80::1%eth0] [::1]:80 1.2.3.256 1.2.3.4.5 0x100000000 1.2.3.08`;
  const spaced = ['', 'a b', ' a', 'a\t', 'a\n', 'a\0b', 'a.'.repeat(130)];
  for (const text of [...texts.split(/\s+/), ...spaced]) {
    test.equal(canonicalHost(text), undefined, JSON.stringify(text));
  }
  test.end();
});

await t.test('addresses of a resolver', (test) => {
  test.equal(canonicalAddress('127.0.0.1'), '127.0.0.1');
  test.equal(canonicalAddress('::ffff:10.0.0.1'), '10.0.0.1');
  test.equal(canonicalAddress('fe80::1%eth0'), 'fe80::1');
  test.equal(canonicalAddress('2001:DB8:0::1'), '2001:db8::1');
  for (const text of ['', 'localhost', '0x7f.1', '127.1', '1.2.3', '300.1.1.1']) {
    test.equal(canonicalAddress(text), undefined, JSON.stringify(text));
  }
  test.end();
});

await t.test('authorities', (test) => {
  test.equal(authority('::1', 80), '[::1]:80');
  test.equal(authority('a.b', '*'), 'a.b:*');
  test.same(splitAuthority('a.b:443'), { host: 'a.b', port: 443 });
  test.same(splitAuthority('[::1]:80'), { host: '[::1]', port: 80 });
  for (const text of ['a', ':80', 'a:', 'a:0', 'a:65536', 'a:-1', 'a:8o', 'a:443 ', 'a:123456']) {
    test.equal(splitAuthority(text), undefined, JSON.stringify(text));
  }
  test.end();
});
