import t from 'tap';
import { type AddressKind, classifyAddress } from '../../../runtime/sandbox/egress/addresses.ts';

await t.test('what addresses are', (test) => {
  const kinds: Readonly<Record<AddressKind, string>> = {
    public: '1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 64:ff9b::808:808',
    private: '10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fdff::1 64:ff9b::a00:1',
    loopback: '127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1',
    metadata: `169.254.169.254 fd00:ec2::254 100.100.100.200 168.63.129.16 fd20:ce::254 64:ff9b::a9fe:a9fe
      ::ffff:169.254.169.254`,
    // The last line: forms with an IPv4 address inside (compatible, translated, 6to4, Teredo, local NAT64).
    special: `0.0.0.0 0.1.2.3 255.255.255.255 224.0.0.1 239.255.255.250 240.0.0.1 169.254.1.1 100.64.0.1
      100.127.255.255 192.0.0.192 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1
      :: fe80::1 fec0::1 ff02::1 100::1 2001:db8::1 3fff::1 5f00::1
      ::7f00:1 ::ffff:0:7f00:1 2002:7f00:1:: 2002:808:808::1 2001:0:4136:e378:: 64:ff9b:1::1`,
  };
  for (const [kind, addresses] of Object.entries(kinds)) {
    for (const address of addresses.split(/\s+/)) test.equal(classifyAddress(address), kind, address);
  }
  test.end();
});
