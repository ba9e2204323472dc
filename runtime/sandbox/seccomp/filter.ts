import { ANSWER, answer, assemble, type Instruction, load, OFFSET, requireEqual } from './bpf.ts';
import { whenAnyBit, whenAtLeast, whenEqual } from './bpf.ts';
import {
  ARCHITECTURE,
  FORBIDDEN,
  FORBIDDEN_ON_SHARED_HOST,
  FORKING,
  JUDGED,
  MODE_ARGUMENT,
  type Machine,
  numberOn,
  numbersOn,
  PRETENDED,
} from './syscalls.ts';

/** What a filter leaves open beyond the fixed list. */
export interface FilterOptions {
  readonly machine: Machine;
  /** Whether it may start processes; threads are always allowed. */
  readonly forks: boolean;
  readonly unixSockets: boolean;
  readonly inetSockets: boolean;
  /** Whether it has namespaces of its own; otherwise calls that reach other processes and files are refused too. */
  readonly namespaces: boolean;
}

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;
const REFUSE = answer(ANSWER.fail(EPERM));
const ALLOW = answer(ANSWER.allow);

/** Flags of linux/sched.h: all CLONE_NEW*, CLONE_NEWTIME excepted (in `clone` its bit belongs to the exit signal). */
const CLONE_NEW_ANYTHING = 0x7e020000;
const CLONE_THREAD = 0x00010000;
/** Address families of linux/socket.h. */
const FAMILY = { unix: 1, inet: 2, inet6: 10, netlink: 16 } as const;
const SET_USER_OR_GROUP_ID = 0o6000;
const PR_SET_PDEATHSIG = 1;
const PRIO_PROCESS = 0;
const IOPRIO_WHO_PROCESS = 1;
/** Terminal requests that type on behalf of the terminal's owner. */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;
/** System call numbers from here on are the x32 personality of x86_64. */
const X32_BIT = 0x40000000;

/** Builds the filter as bytes for seccomp(2): a list of what is refused, everything else allowed. */
export function buildFilter(options: FilterOptions): Buffer {
  const { machine } = options;
  const refused = [
    ...numbersOn(machine, FORBIDDEN),
    ...(options.forks ? [] : numbersOn(machine, FORKING)),
    ...(options.namespaces ? [] : numbersOn(machine, FORBIDDEN_ON_SHARED_HOST)),
  ].flatMap((number) => whenEqual(number, [REFUSE]));
  return assemble([
    load(OFFSET.architecture),
    ...requireEqual(ARCHITECTURE[machine], ANSWER.killProcess),
    load(OFFSET.syscall),
    ...(machine === 'x64' ? whenAtLeast(X32_BIT, [answer(ANSWER.fail(ENOSYS))]) : []),
    ...refused,
    // Their flags lie in memory, out of a filter's sight; libc falls back to `clone` and `openat`.
    ...judge(machine, 'clone3', [answer(ANSWER.fail(ENOSYS))]),
    ...judge(machine, 'openat2', [answer(ANSWER.fail(ENOSYS))]),
    ...judge(machine, 'clone', cloneRule(options.forks)),
    ...judge(machine, 'socket', socketRule(options)),
    ...judge(machine, 'ioctl', [
      load(OFFSET.argument(1)),
      ...whenEqual(TIOCSTI, [REFUSE]),
      ...whenEqual(TIOCLINUX, [REFUSE]),
      ALLOW,
    ]),
    ...(options.namespaces ? [] : sharedHostRules(machine)),
    ...modeRules(machine),
    ALLOW,
  ]);
}

/** A program left in a granted directory with these bits would run with the kernel's rights for everybody else. */
function modeRules(machine: Machine): Instruction[] {
  return Object.values(MODE_ARGUMENT).flatMap(([numbers, index]) => {
    const number = numberOn(machine, numbers);
    const rule = [load(OFFSET.argument(index)), ...whenAnyBit(SET_USER_OR_GROUP_ID, [REFUSE]), ALLOW];
    return number === null ? [] : whenEqual(number, rule);
  });
}

/** Calls by which a process changes others of the same user: allowed on the caller alone, which 0 stands for. */
function sharedHostRules(machine: Machine): Instruction[] {
  const onSelf = onlyWhen(0, 0);
  return [
    ...numbersOn(machine, PRETENDED).flatMap((number) => whenEqual(number, [answer(ANSWER.fail(0))])),
    // It would outlive the kernel.
    ...judge(machine, 'prctl', [load(OFFSET.argument(0)), ...whenEqual(PR_SET_PDEATHSIG, [REFUSE]), ALLOW]),
    ...judge(machine, 'prlimit64', onSelf),
    ...judge(machine, 'sched_setaffinity', onSelf),
    ...judge(machine, 'sched_setscheduler', onSelf),
    ...judge(machine, 'sched_setparam', onSelf),
    ...judge(machine, 'sched_setattr', onSelf),
    ...judge(machine, 'setpriority', [...requireArgument(0, PRIO_PROCESS), ...onlyWhen(1, 0)]),
    ...judge(machine, 'ioprio_set', [...requireArgument(0, IOPRIO_WHO_PROCESS), ...onlyWhen(1, 0)]),
  ];
}

function requireArgument(index: number, value: number): Instruction[] {
  return [load(OFFSET.argument(index)), ...requireEqual(value, ANSWER.fail(EPERM))];
}

function onlyWhen(index: number, value: number): Instruction[] {
  return [...requireArgument(index, value), ALLOW];
}

function cloneRule(forks: boolean): Instruction[] {
  const flags = [load(OFFSET.argument(0)), ...whenAnyBit(CLONE_NEW_ANYTHING, [REFUSE])];
  return forks ? [...flags, ALLOW] : [...flags, ...whenAnyBit(CLONE_THREAD, [ALLOW]), REFUSE];
}

function socketRule(options: FilterOptions): Instruction[] {
  const families = [
    ...(options.unixSockets ? [FAMILY.unix] : []),
    ...(options.inetSockets ? [FAMILY.inet, FAMILY.inet6] : []),
  ];
  return [
    load(OFFSET.argument(0)),
    ...families.flatMap((family) => whenEqual(family, [ALLOW])),
    // NETLINK_ROUTE (0) answers getifaddrs(); the other netlink protocols are not needed.
    ...whenEqual(FAMILY.netlink, [load(OFFSET.argument(2)), ...whenEqual(0, [ALLOW]), REFUSE]),
    answer(ANSWER.fail(EAFNOSUPPORT)),
  ];
}

function judge(machine: Machine, name: keyof typeof JUDGED, body: readonly Instruction[]): Instruction[] {
  const number = numberOn(machine, JUDGED[name]);
  return number === null ? [] : whenEqual(number, body);
}
