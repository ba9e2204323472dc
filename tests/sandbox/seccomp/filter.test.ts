import t from 'tap';
import { buildFilter, type FilterOptions } from '../../../runtime/sandbox/seccomp/filter.ts';
import { ARCHITECTURE, type Machine } from '../../../runtime/sandbox/seccomp/syscalls.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EAFNOSUPPORT = 0x00050061;
const PRETEND = 0x00050000;

/** Runs a filter as the kernel would (Documentation/networking/filter.rst), so that arm64 can be judged on any machine. */
function judge(filter: Buffer, words: ReadonlyMap<number, number>): number {
  let accumulator = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, whenTrue, whenFalse, operand] = [
      filter.readUInt16LE(at),
      filter.readUInt8(at + 2),
      filter.readUInt8(at + 3),
      filter.readUInt32LE(at + 4),
    ];
    if (code === 0x06) return operand;
    if (code === 0x20) {
      accumulator = words.get(operand) ?? 0;
      continue;
    }
    const holds = {
      0x15: accumulator === operand,
      0x35: accumulator >= operand,
      0x45: (accumulator & operand) !== 0,
    }[code];
    if (holds === undefined) throw new Error(`unknown opcode ${code}`);
    at += 8 * (holds ? whenTrue : whenFalse);
  }
  throw new Error('the filter ends without an answer');
}

function filterFor(change: Partial<FilterOptions>): (number: number, ...args: number[]) => number {
  const options: FilterOptions = {
    machine: 'x64',
    forks: false,
    unixSockets: false,
    inetSockets: false,
    namespaces: true,
    ...change,
  };
  const filter = buildFilter(options);
  return (number, ...args) =>
    judge(
      filter,
      new Map([
        [0, number],
        [4, ARCHITECTURE[options.machine]],
        ...args.map((value, index): [number, number] => [16 + 8 * index, value >>> 0]),
      ]),
    );
}

await t.test('another architecture ends the process: its numbers mean other calls', (test) => {
  const i386 = new Map([
    [0, 26],
    [4, 0x40000003],
  ]);
  for (const machine of ['x64', 'arm64'] as const) {
    const filter = buildFilter({
      machine,
      forks: true,
      unixSockets: true,
      inetSockets: true,
      namespaces: true,
    });
    test.equal(judge(filter, i386), KILL);
  }
  test.end();
});

await t.test('x32 calls do not exist', (test) => {
  test.equal(filterFor({})(0x40000000 + 101), ENOSYS);
  test.end();
});

const CASES: readonly { machine: Machine; numbers: Record<string, number> }[] = [
  {
    machine: 'x64',
    numbers: {
      read: 0,
      clone: 56,
      socket: 41,
      ioctl: 16,
      ptrace: 101,
      mount: 165,
      keyctl: 250,
      bpf: 321,
      prctl: 157,
      prlimit: 302,
      fchmod: 91,
      openat: 257,
      fchown: 93,
      setpriority: 141,
      affinity: 203,
    },
  },
  {
    machine: 'arm64',
    numbers: {
      read: 63,
      clone: 220,
      socket: 198,
      ioctl: 29,
      ptrace: 117,
      mount: 40,
      keyctl: 219,
      bpf: 280,
      prctl: 167,
      prlimit: 261,
      fchmod: 52,
      openat: 56,
      fchown: 55,
      setpriority: 140,
      affinity: 122,
    },
  },
];

for (const { machine, numbers } of CASES) {
  await t.test(`${machine}: what is never allowed`, (test) => {
    const decide = filterFor({ machine, forks: true, unixSockets: true, inetSockets: true });
    for (const name of ['ptrace', 'mount', 'keyctl', 'bpf'])
      test.equal(decide(numbers[name] ?? -1), EPERM, name);
    test.equal(decide(425), EPERM, 'io_uring_setup');
    test.equal(decide(numbers['ioctl'] ?? -1, 0, 0x5412), EPERM, 'TIOCSTI');
    test.equal(decide(numbers['ioctl'] ?? -1, 0, 0x5401), ALLOW, 'TCGETS');
    test.equal(decide(numbers['read'] ?? -1), ALLOW, 'read');
    test.end();
  });

  await t.test(`${machine}: processes`, (test) => {
    const clone = numbers['clone'] ?? -1;
    const [THREAD, SIGCHLD, NEWUSER, NEWNS] = [0x00010000, 17, 0x10000000, 0x00020000];
    const still = filterFor({ machine });
    test.equal(still(clone, THREAD | 0x100), ALLOW, 'threads run');
    test.equal(still(clone, SIGCHLD), EPERM, 'fork does not');
    const forking = filterFor({ machine, forks: true });
    test.equal(forking(clone, SIGCHLD), ALLOW, 'with exec fork does');
    for (const decide of [still, forking]) {
      test.equal(decide(clone, SIGCHLD | NEWUSER), EPERM, 'a user namespace never');
      test.equal(decide(clone, THREAD | NEWNS), EPERM, 'a mount namespace never');
      test.equal(decide(435), ENOSYS, 'clone3 hides its flags');
    }
    if (machine === 'x64') {
      test.equal(still(57), EPERM, 'fork');
      test.equal(still(58), EPERM, 'vfork');
      test.equal(forking(58), ALLOW, 'vfork with exec');
    }
    test.end();
  });

  await t.test(`${machine}: set-user-id files`, (test) => {
    const { fchmod = -1, openat = -1 } = numbers;
    const decide = filterFor({ machine });
    test.equal(decide(fchmod, 3, 0o755), ALLOW);
    test.equal(decide(fchmod, 3, 0o4755), EPERM);
    test.equal(decide(openat, 0, 0, 0o101, 0o644), ALLOW);
    test.equal(decide(openat, 0, 0, 0o101, 0o2755), EPERM);
    test.equal(decide(437), ENOSYS, 'openat2 hides its mode');
    if (machine === 'x64') test.equal(decide(2, 0, 0o101, 0o4755), EPERM, 'open');
    test.end();
  });

  await t.test(`${machine}: sockets`, (test) => {
    const socket = numbers['socket'] ?? -1;
    const none = filterFor({ machine });
    test.equal(none(socket, 16, 3, 0), ALLOW, 'netlink route answers getifaddrs');
    test.equal(none(socket, 16, 3, 9), EPERM, 'netlink audit');
    for (const family of [1, 2, 10, 17, 38, 40])
      test.equal(none(socket, family), EAFNOSUPPORT, `family ${family}`);
    const inside = filterFor({ machine, unixSockets: true, inetSockets: true });
    for (const family of [1, 2, 10]) test.equal(inside(socket, family), ALLOW, `family ${family}`);
    for (const family of [17, 38, 40]) test.equal(inside(socket, family), EAFNOSUPPORT, `family ${family}`);
    test.end();
  });

  await t.test(`${machine}: without namespaces other processes and files are out of reach`, (test) => {
    const [own, shared] = [filterFor({ machine }), filterFor({ machine, namespaces: false })];
    const call = (name: string, ...args: number[]): [number, number] => {
      const number = numbers[name] ?? -1;
      return [own(number, ...args), shared(number, ...args)];
    };
    test.same(call('prctl', 1, 0), [ALLOW, EPERM], 'PR_SET_PDEATHSIG');
    test.same(call('prctl', 38, 1), [ALLOW, ALLOW], 'PR_SET_NO_NEW_PRIVS');
    test.same(call('prlimit', 0, 7), [ALLOW, ALLOW], 'limits of its own');
    test.same(call('prlimit', 4711, 7), [ALLOW, EPERM], 'limits of another');
    test.same(call('affinity', 4711), [ALLOW, EPERM], 'processors of another');
    test.same(call('setpriority', 0, 0), [ALLOW, ALLOW], 'its own priority');
    test.same(call('setpriority', 0, 4711), [ALLOW, EPERM], "another's priority");
    test.same(call('setpriority', 2, 0), [ALLOW, EPERM], "the whole user's priority");
    test.same(call('fchmod', 5, 0o777), [ALLOW, PRETEND], 'modes');
    test.same(call('fchown', 5, 0), [ALLOW, EPERM], 'owners');
    test.end();
  });
}
