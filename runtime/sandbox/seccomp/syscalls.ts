/** The machines this project runs on, by Node's names. */
export type Machine = 'x64' | 'arm64';

/** AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h. */
export const ARCHITECTURE: Readonly<Record<Machine, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Numbers of a system call: [x86_64, arm64]; null where the machine does not have it. */
export type Numbers = readonly [x64: number | null, arm64: number | null];
const same = (number: number): Numbers => [number, number];

/**
 * System calls no plugin may use, from asm/unistd_64.h and asm-generic/unistd.h; from 424 on both
 * machines share one numbering.
 */
export const FORBIDDEN: Readonly<Record<string, Numbers>> = {
  // other processes
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: same(438),
  process_madvise: same(440),
  // mounts and namespaces
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  setns: [308, 268],
  unshare: [272, 97],
  open_tree: same(428),
  move_mount: same(429),
  fsopen: same(430),
  fsconfig: same(431),
  fsmount: same(432),
  fspick: same(433),
  mount_setattr: same(442),
  statmount: same(457),
  listmount: same(458),
  open_tree_attr: same(467),
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  mknod: [133, null],
  mknodat: [259, 33],
  // large or young kernel interfaces with a history of holes
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: same(425),
  io_uring_enter: same(426),
  io_uring_register: same(427),
  fanotify_init: [300, 262],
  fanotify_mark: [301, 263],
  vmsplice: [278, 75],
  memfd_secret: same(447),
  // keyrings belong to the user, not to the sandbox
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  // the machine itself
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: same(443),
  syslog: [103, 116],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  clock_adjtime: [305, 266],
  adjtimex: [159, 171],
  sethostname: [170, 161],
  setdomainname: [171, 162],
  vhangup: [153, 58],
  iopl: [172, null],
  ioperm: [173, null],
  // obsolete
  modify_ldt: [154, null],
  uselib: [134, null],
  ustat: [136, null],
  sysfs: [139, null],
  _sysctl: [156, null],
  lookup_dcookie: [212, 18],
  nfsservctl: [180, 42],
  personality: [135, 92],
  // memory of other processes by NUMA policy
  move_pages: [279, 239],
  mbind: [237, 235],
  migrate_pages: [256, 238],
  set_mempolicy: [238, 237],
  set_mempolicy_home_node: same(450),
  // System V and POSIX message passing: shared with the whole IPC namespace
  shmget: [29, 194],
  shmat: [30, 196],
  shmctl: [31, 195],
  semget: [64, 190],
  semop: [65, 193],
  semctl: [66, 191],
  semtimedop: [220, 192],
  msgget: [68, 186],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  msgctl: [71, 187],
  mq_open: [240, 180],
};

/** Starting processes, beside `clone`, which also makes threads. */
export const FORKING: Readonly<Record<string, Numbers>> = { fork: [57, null], vfork: [58, null] };

/**
 * Changes of what describes a file rather than of the file: Landlock knows no right for them, and even a file opened
 * for reading allows some. Without a root of its own a plugin is told they succeeded, because copying a file sets its
 * mode, and they do nothing.
 */
export const PRETENDED: Readonly<Record<string, Numbers>> = {
  chmod: [90, null],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchmodat2: same(452),
  utime: [132, null],
  utimes: [235, null],
  futimesat: [261, null],
  utimensat: [280, 88],
};

/** Calls that give a file its mode, by the index of that argument. */
export const MODE_ARGUMENT: Readonly<Record<string, readonly [numbers: Numbers, index: number]>> = {
  chmod: [[90, null], 1],
  fchmod: [[91, 52], 1],
  fchmodat: [[268, 53], 2],
  fchmodat2: [same(452), 2],
  creat: [[85, null], 1],
  open: [[2, null], 2],
  openat: [[257, 56], 3],
};

/** What else reaches beyond the granted files where Landlock is all there is. */
export const FORBIDDEN_ON_SHARED_HOST: Readonly<Record<string, Numbers>> = {
  chown: [92, null],
  lchown: [94, null],
  fchown: [93, 55],
  fchownat: [260, 54],
  setxattr: [188, 5],
  lsetxattr: [189, 6],
  fsetxattr: [190, 7],
  removexattr: [197, 14],
  lremovexattr: [198, 15],
  fremovexattr: [199, 16],
  setxattrat: same(463),
  removexattrat: same(466),
  file_setattr: same(469),
  inotify_add_watch: [254, 27],
};

/** Calls that are judged by their arguments. */
export const JUDGED = {
  clone: [56, 220],
  clone3: same(435),
  openat2: same(437),
  socket: [41, 198],
  ioctl: [16, 29],
  prctl: [157, 167],
  prlimit64: [302, 261],
  setpriority: [141, 140],
  ioprio_set: [251, 30],
  sched_setaffinity: [203, 122],
  sched_setscheduler: [144, 119],
  sched_setparam: [142, 118],
  sched_setattr: [314, 274],
} as const satisfies Record<string, Numbers>;

/** The numbers of a table on one machine. */
export function numbersOn(machine: Machine, table: Readonly<Record<string, Numbers>>): number[] {
  return Object.values(table)
    .map((numbers) => numberOn(machine, numbers))
    .filter((number) => number !== null);
}
export function numberOn(machine: Machine, numbers: Numbers): number | null {
  return machine === 'x64' ? numbers[0] : numbers[1];
}
