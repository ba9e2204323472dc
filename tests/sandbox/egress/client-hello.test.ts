import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect as connectTls } from 'node:tls';
import t, { type Test } from 'tap';
import { ClientHelloCheck, type HelloVerdict } from '../../../runtime/sandbox/egress/client-hello.ts';
import { portOf } from './stage.ts';

/** A real ClientHello, as OpenSSL writes it. */
async function captureHello(test: Test, servername?: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connectTls({
    host: '127.0.0.1',
    port: portOf(server),
    ...(servername === undefined ? {} : { servername }),
  });
  client.on('error', () => client.destroy());
  const [socket] = await accepted;
  const [hello]: Buffer[] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  test.ok(hello);
  return hello ?? Buffer.alloc(0);
}

function verdictOf(host: string, ...chunks: readonly Buffer[]): HelloVerdict {
  const check = new ClientHelloCheck(host);
  let verdict: HelloVerdict = 'more';
  for (const chunk of chunks) verdict = check.push(chunk);
  return verdict;
}

/** The same handshake in records of at most `size` bytes. */
function refragment(hello: Buffer, size: number): Buffer {
  const body = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const part = body.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

await t.test('the name must be the granted one', async (test) => {
  const hello = await captureHello(test, 'api.example.org');
  test.equal(verdictOf('api.example.org', hello), 'pass');
  test.match(verdictOf('other.example.org', hello), { refused: /asks for "api\.example\.org"/ });
  test.match(verdictOf('127.0.0.1', hello), { refused: /asks for/ });
  test.equal(verdictOf('api.example.org', await captureHello(test, 'API.Example.ORG')), 'pass');
});

await t.test('no name is right for an address only', async (test) => {
  const hello = await captureHello(test);
  test.equal(verdictOf('127.0.0.1', hello), 'pass');
  test.equal(verdictOf('::1', hello), 'pass');
  test.match(verdictOf('api.example.org', hello), { refused: /names no server/ });
});

await t.test('however it is cut', async (test) => {
  const hello = await captureHello(test, 'api.example.org');
  const bytes = [...hello].map((byte) => Buffer.from([byte]));
  test.equal(verdictOf('api.example.org', ...bytes), 'pass');
  test.equal(verdictOf('api.example.org', ...bytes.slice(0, -1)), 'more');
  test.match(verdictOf('other.example.org', ...bytes), { refused: /asks for/ });
  for (const size of [64, 100, 1_000]) {
    test.equal(verdictOf('api.example.org', refragment(hello, size)), 'pass');
    test.match(verdictOf('other.example.org', refragment(hello, size)), { refused: /asks for/ });
  }
});

await t.test('other protocols pass', (test) => {
  for (const text of ['GET / HTTP/1.1\r\n', 'EHLO x\r\n', '\0\0\0\b\u0004\u00D2\u0016/', '\u0016\u0002']) {
    test.equal(verdictOf('api.example.org', Buffer.from(text, 'latin1')), 'pass', JSON.stringify(text));
  }
  test.equal(verdictOf('api.example.org', Buffer.from([22])), 'more');
  test.end();
});

await t.test('what only begins like a handshake is refused', async (test) => {
  const hello = await captureHello(test, 'api.example.org');
  const changed = (at: number, value: number): Buffer => {
    const copy = Buffer.from(hello);
    copy[at] = value;
    return copy;
  };
  const malformed: Readonly<Record<string, Buffer>> = {
    'another handshake message': changed(5, 2),
    'a session id that is too long': changed(43, 255),
    'a record for each byte': refragment(hello, 1),
    'an empty record': Buffer.from([22, 3, 1, 0, 0]),
    'a record of another type in between': Buffer.concat([
      refragment(hello, 10).subarray(0, 15),
      Buffer.from([21, 3, 1, 0, 1, 0]),
    ]),
    'a handshake of 16 MB': changed(6, 255),
  };
  for (const [name, bytes] of Object.entries(malformed)) {
    test.match(verdictOf('api.example.org', bytes), { refused: /malformed/ }, name);
  }
});

await t.test('two names are one too many', async (test) => {
  const hello = await captureHello(test, 'a.b');
  // server_name of "a.b": extension 0, length 8, list 6, type 0, name 3. The same bytes again make a second one.
  const at = hello.indexOf(Buffer.from('0000000800060000036 12e62'.replaceAll(' ', ''), 'hex'));
  test.not(at, -1);
  const extension = hello.subarray(at, at + 12);
  const doubled = Buffer.concat([hello.subarray(0, at), extension, hello.subarray(at)]);
  // Every length that contains it grows: record, handshake, all extensions.
  const sessionEnd = 44 + (hello[43] ?? 0);
  const suitesEnd = sessionEnd + 2 + hello.readUInt16BE(sessionEnd);
  const extensionsAt = suitesEnd + 1 + (hello[suitesEnd] ?? 0);
  for (const place of [3, 7, extensionsAt]) doubled.writeUInt16BE(hello.readUInt16BE(place) + 12, place);
  test.equal(verdictOf('a.b', hello), 'pass');
  test.match(verdictOf('a.b', doubled), { refused: /asks for "a\.b a\.b"/ });
});
