import t, { type Test } from 'tap';
import { withForwarder } from '../../../runtime/sandbox/egress/forwarder.ts';
import { type Ending, openStage, runInSandbox, serveHttp, serveTcp, type Stage } from './stage.ts';

/** Runs a command beside a forwarder, in a sandbox without network. */
async function runForwarded(
  test: Test,
  stage: Stage,
  command: string,
  args: string[],
  filter?: Buffer,
): Promise<Ending> {
  const wrapped = withForwarder({ command, args, ...(filter === undefined ? {} : { filterFd: 3 }) });
  return runInSandbox(
    test,
    stage.egress,
    wrapped.command,
    wrapped.args,
    filter === undefined ? {} : { filter },
  );
}

const python = (body: string): [string, string[]] => ['/usr/bin/python3', ['-c', body]];

await t.test('python urllib', async (test) => {
  const { port } = await serveHttp(test, (request, response) => {
    response.end(`${request.method} ${request.headers.host} ${request.url}`);
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const body = `
import urllib.request, urllib.error
print(urllib.request.urlopen('http://api.example.org:${port}/a').read().decode())
try: urllib.request.urlopen('http://other.example.org/')
except urllib.error.HTTPError as error: print(error.code, error.read().decode())`;
  const ending = await runForwarded(test, stage, ...python(body));
  test.match(ending, { code: 0, stderr: '' });
  test.match(
    ending.stdout,
    new RegExp(`^GET api\\.example\\.org:${port} /a\n403 EGRESS_DENIED: .*permissions\\.net`),
  );
});

await t.test('curl, with CONNECT', async (test) => {
  const { port } = await serveHttp(test, (request, response) => response.end(`${request.headers.host}`));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const url = `http://api.example.org:${port}/`;
  const tunnel = await runForwarded(test, stage, '/usr/bin/curl', ['-sS', '--proxytunnel', url]);
  test.match(tunnel, { code: 0, stdout: `api.example.org:${port}`, stderr: '' });
  const denied = await runForwarded(test, stage, '/usr/bin/curl', ['-sS', 'https://other.example.org/']);
  test.match(denied, { code: 56, stderr: /403/ });
});

await t.test('a redirect that curl follows is checked like every request', async (test) => {
  const inside = await serveHttp(test, (_request, response) => response.end('secret'), '127.0.0.3');
  const { port } = await serveHttp(test, (_request, response) => {
    response.writeHead(302, { location: `http://other.example.org:${inside.port}/` }).end();
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const args = ['-sSL', `http://api.example.org:${port}/`];
  const ending = await runForwarded(test, stage, '/usr/bin/curl', args);
  test.match(ending.stdout, new RegExp(`^EGRESS_DENIED: .*other\\.example\\.org:${inside.port}`));
  test.same(inside.connections, []);
});

await t.test('many at once and large bodies', async (test) => {
  const { port } = await serveHttp(test, (request, response) => void request.pipe(response));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const body = `
import os, urllib.request
from concurrent.futures import ThreadPoolExecutor
def echo(size):
    data = os.urandom(size)
    return urllib.request.urlopen('http://api.example.org:${port}/', data).read() == data
with ThreadPoolExecutor(16) as pool: print(all(pool.map(echo, [1, 100_000, 1_000_000] * 8)))`;
  test.match(await runForwarded(test, stage, ...python(body)), { code: 0, stdout: 'True\n', stderr: '' });
});

await t.test('each side may end before the other', async (test) => {
  const { port } = await serveTcp(test, (socket) => {
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('end', () => socket.end(`got ${text}`));
  });
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const body = `
import socket
s = socket.create_connection(('127.0.0.1', 3128))
s.sendall(b'CONNECT api.example.org:${port} HTTP/1.1\\r\\n\\r\\n')
print(s.recv(100).split()[1].decode())
s.sendall(b'all of it'); s.shutdown(socket.SHUT_WR)
print(b''.join(iter(lambda: s.recv(100), b'')).decode())`;
  test.match(await runForwarded(test, stage, ...python(body)), {
    code: 0,
    stdout: '200\ngot all of it\n',
    stderr: '',
  });
});

await t.test('the command keeps its descriptors, exit code and children', async (test) => {
  const stage = await openStage(test, []);
  const body = `
import os, sys
try: os.wait()
except ChildProcessError: print('no children')
print(sorted(os.listdir('/proc/self/fd')))
sys.exit(7)`;
  // Its output ends although the forwarder is still there.
  const forwarded = await runForwarded(test, stage, ...python(body));
  test.match(forwarded, { code: 7, stdout: /^no children\n\['0', '1', '2'/, stderr: '' });
  test.same(forwarded, await runInSandbox(test, stage.egress, ...python(body)));
});

await t.test('the forwarder does not keep the output of its command open', async (test) => {
  const stage = await openStage(test, []);
  const wrapped = withForwarder({ command: '/bin/sh', args: ['-c', 'exec >&- 2>&-; read line'] });
  const body = `
import subprocess, sys
command = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
print(command.stdout.read(), command.stderr.read(), command.poll())
command.stdin.close(); command.wait()`;
  const args = ['-c', body, wrapped.command, ...wrapped.args];
  const ending = await runInSandbox(test, stage.egress, '/usr/bin/python3', args);
  test.match(ending, { code: 0, stdout: "b'' b'' None\n", stderr: '' });
});

await t.test('a reader that does not read stops the writer', async (test) => {
  const { port } = await serveTcp(test, (socket) => socket.pause());
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const body = `
import socket
s = socket.create_connection(('127.0.0.1', 3128), timeout=0.5)
s.sendall(b'CONNECT api.example.org:${port} HTTP/1.1\\r\\n\\r\\n')
s.recv(100)
sent = 0
try:
    while sent < 128_000_000: sent += s.send(bytes(65536))
except TimeoutError: print('stopped')`;
  test.match(await runForwarded(test, stage, ...python(body)), { code: 0, stdout: 'stopped\n', stderr: '' });
});

await t.test('the forwarder ends with its command', async (test) => {
  const stage = await openStage(test, []);
  const carriers = `
import glob, subprocess, sys, time
def carriers():
    count = 0
    for path in glob.glob('/proc/[0-9]*/comm'):
        try: count += open(path).read() == 'perl\\n'
        except OSError: pass
    return count
`;
  const inner = `${carriers}print(carriers())`;
  const wrapped = withForwarder({ command: '/usr/bin/python3', args: ['-c', inner] });
  const body = `${carriers}
subprocess.run(sys.argv[1:])
while carriers(): time.sleep(0.01)
print(carriers())`;
  const args = ['-u', '-c', body, wrapped.command, ...wrapped.args];
  test.match(await runInSandbox(test, stage.egress, '/usr/bin/python3', args), {
    code: 0,
    stdout: '1\n0\n',
    stderr: '',
  });
});

await t.test('a command that does not exist', async (test) => {
  const stage = await openStage(test, []);
  const ending = await runForwarded(test, stage, '/no/such', []);
  test.match(ending, { code: 127, stderr: /\/no\/such: No such file/ });
});

await t.test('a filter that forbids fork holds for the command and not for the forwarder', async (test) => {
  const { port } = await serveHttp(test, (_request, response) => response.end('reached'));
  const stage = await openStage(test, [`api.example.org:${port}`]);
  const body = `
import os, urllib.request
try: os.fork(); print('forked')
except OSError as error: print(error.errno)
print(urllib.request.urlopen('http://api.example.org:${port}/').read().decode())
for pid in filter(str.isdigit, os.listdir('/proc')):
    with open(f'/proc/{pid}/cmdline') as file:
        if not file.read().startswith('/usr/bin/perl'): continue
    try: open(f'/proc/{pid}/mem', 'r+b'); print('memory of the forwarder is open')
    except OSError as error: print(error.errno)`;
  const ending = await runForwarded(test, stage, ...python(body), denyFork());
  test.match(ending, { code: 0, stdout: '1\nreached\n13\n', stderr: '' });
});

/** A seccomp program: fork, vfork and clone answer EPERM, clone3 ENOSYS. */
function denyFork(): Buffer {
  const [load, jumpIfEqual, answer] = [0x20, 0x15, 0x06];
  const numbers = process.arch === 'arm64' ? [220] : [56, 57, 58];
  const [allow, eperm, enosys] = [0x7fff_0000, 0x0005_0001, 0x0005_0026];
  const program = [
    [load, 0, 0, 0],
    [jumpIfEqual, 0, 1, 435],
    [answer, 0, 0, enosys],
    ...numbers.flatMap((number) => [
      [jumpIfEqual, 0, 1, number],
      [answer, 0, 0, eperm],
    ]),
    [answer, 0, 0, allow],
  ];
  return Buffer.concat(
    program.map(([code = 0, whenTrue = 0, whenFalse = 0, value = 0]) => {
      const instruction = Buffer.alloc(8);
      instruction.writeUInt16LE(code, 0);
      instruction.writeUInt8(whenTrue, 2);
      instruction.writeUInt8(whenFalse, 3);
      instruction.writeUInt32LE(value, 4);
      return instruction;
    }),
  );
}
