import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import t from 'tap';
import { StdioShim } from '../../../../runtime/edge/cli/mcp/stdio-shim.ts';

/** A stand-in for the kernel's end: what it does with each connection is the test's. */
async function listen(onConnection: (socket: Socket, count: number) => void): Promise<{
  readonly server: Server;
  readonly connect: () => Promise<Socket>;
}> {
  let count = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    onConnection(socket, ++count);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    server,
    connect: async () => {
      const socket = connect({ port, host: '127.0.0.1' });
      await once(socket, 'connect');
      return socket;
    },
  };
}

await t.test('every byte of both directions arrives unchanged', async (t) => {
  const seen: Buffer[] = [];
  const large = 'x'.repeat(3_000_000);
  const sent = [
    '{ "jsonrpc" : "2.0",  "id":1, "method":"a", "params":{"t":"\\u00e9 é \u2028"} }\r\n',
    '\n',
    'no json at all\n',
    `{"jsonrpc":"2.0","id":2,"method":"b","params":"${large}"}\n`,
  ].join('');
  const answered = `{"id": 2 ,"result":"${large}"}\n\n{"result":{ },"id":1}\n`;
  const { server, connect: open } = await listen((socket) => {
    socket.on('data', (piece: Buffer) => seen.push(piece));
    socket.on('end', () => socket.end());
    // In pieces that cut lines and characters in two.
    for (let at = 0; at < answered.length; at += 65_537) socket.write(answered.slice(at, at + 65_537));
  });
  const input = new PassThrough();
  const output = new PassThrough();
  const received = buffer(output);
  const shim = new StdioShim({ input, output, connect: open });
  const running = shim.run();
  const bytes = Buffer.from(sent);
  for (let at = 0; at < bytes.length; at += 10_007) input.write(bytes.subarray(at, at + 10_007));
  input.end();
  await running;
  output.end();
  t.ok(Buffer.concat(seen).equals(bytes), 'to the kernel');
  t.ok((await received).equals(Buffer.from(answered)), 'to the client');
  server.close();
});

await t.test('lines that come while there is no kernel wait for the next one', async (t) => {
  const { server, connect: open } = await listen((socket, count) => {
    if (count === 1) {
      socket.destroy();
      return;
    }
    socket.on('data', () => socket.write('{"jsonrpc":"2.0","id":5,"result":{}}\n'));
    socket.on('end', () => socket.end());
  });
  const input = new PassThrough();
  const output = new PassThrough();
  const received = buffer(output);
  let opened = 0;
  const gate = Promise.withResolvers<void>();
  const shim = new StdioShim({
    input,
    output,
    connect: async () => {
      opened += 1;
      if (opened === 2) await gate.promise;
      return await open();
    },
  });
  const running = shim.run();
  while (opened < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  input.end('{"jsonrpc":"2.0","id":5,"method":"ping"}\n');
  gate.resolve();
  await running;
  output.end();
  t.equal(String(await received), '{"jsonrpc":"2.0","id":5,"result":{}}\n');
  server.close();
});

await t.test('a kernel that is lost again and again is given up', async (t) => {
  const { server, connect: open } = await listen((socket) => {
    socket.destroy();
  });
  const input = new PassThrough();
  const shim = new StdioShim({ input, output: new PassThrough(), connect: open });
  await t.rejects(shim.run(), { code: 'KERNEL_GONE' });
  server.close();
});

await t.test('a client that closes its end ends everything', async (t) => {
  const { server, connect: open } = await listen((socket) => {
    socket.write('{"jsonrpc":"2.0","method":"notifications/message"}\n');
  });
  const output = new PassThrough();
  output.on('data', () => output.destroy(new Error('EPIPE')));
  const shim = new StdioShim({ input: new PassThrough(), output, connect: open });
  await t.resolves(shim.run());
  server.close();
});

await t.test('stopping while it connects ends it', async (t) => {
  const shim = new StdioShim({
    input: new PassThrough(),
    output: new PassThrough(),
    connect: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
      }),
  });
  const running = shim.run();
  shim.stop();
  await t.resolves(running);
});
