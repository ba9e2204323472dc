import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, runBattery, tells } from './battery.ts';

/** Who may start programs sees the processes above itself: what those hold open, or run, must not lead out. */
const exec = () => ({ permissions: { exec: true } });

/** Every process in sight but the plugin's own; of the machine's only those above it. */
const ABOVE = `
import os
def parent(pid):
    try: return int(open('/proc/%s/stat' % pid).read().rsplit(')', 1)[1].split()[1])
    except OSError: return 1
above, pid = {1}, os.getppid()
while pid > 1: above.add(pid); pid = parent(pid)
def ways(pid):
    for name in ('root', 'cwd'): yield '/proc/%d/%s' % (pid, name)
    for table in ('fd', 'map_files'):
        try:
            for name in os.listdir('/proc/%d/%s' % (pid, table)): yield '/proc/%d/%s/%s' % (pid, table, name)
        except OSError: pass
def climbs(path):
    for way in [way for pid in above for way in ways(pid)]:
        for up in range(12): yield way + '/..' * up + path`;

const yama = async (): Promise<string | null> =>
  (await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '0')).trim() === '0'
    ? null
    : 'Yama lets nobody reach into its parent here';

const attempts: Attempt[] = [
  {
    name: 'read a file outside through the processes above',
    dimension: 'files',
    language: 'python',
    base: exec,
    aim: ({ secret, nonce }) => ({
      code: `${ABOVE}
result = []
for path in climbs('${secret}'):
    try: result.append(open(path).read())
    except OSError: pass`,
      happened: (answer) => tells(answer, nonce),
    }),
  },
  {
    name: "read the kernel's token through the processes above",
    dimension: 'files',
    language: 'python',
    base: exec,
    aim: async ({ stage, nonce }) => {
      const token = join(stage.dataDir, 'token');
      await writeFile(token, nonce, { mode: 0o600 });
      return {
        code: `${ABOVE}
result = []
for path in climbs('${token}'):
    try: result.append(open(path).read())
    except OSError: pass`,
        happened: (answer) => tells(answer, nonce),
      };
    },
  },
  {
    name: 'change a file outside through the processes above',
    dimension: 'files',
    language: 'python',
    base: exec,
    aim: ({ secret }) => ({
      code: `${ABOVE}
for path in climbs('${secret}'):
    try: open(path, 'r+').write('changed')
    except OSError: pass`,
      happened: () => readFileSync(secret, 'utf8').startsWith('changed'),
    }),
  },
  {
    name: 'get hold of what the processes above have open',
    dimension: 'files',
    language: 'python',
    base: exec,
    aim: ({ nonce }) => ({
      // An event or a poll leads nowhere.
      code: `${ABOVE}
result = []
for pid in above:
    try: files = [os.readlink('/proc/%d/fd/%s' % (pid, fd)) for fd in os.listdir('/proc/%d/fd' % pid) if int(fd) > 2]
    except OSError: files = []
    result += ['${nonce} ' + file for file in files if not file.startswith('anon_inode:')]`,
      happened: (answer) => tells(answer, nonce),
    }),
    uncontrolled: yama,
  },
  ...(['read', 'write'] as const).map((right): Attempt => ({
    name: `${right} the memory of the processes above`,
    dimension: 'processes',
    language: 'python',
    base: exec,
    aim: ({ nonce }) => ({
      code: `${ABOVE}
result = []
for pid in above:
    try:
        os.close(os.open('/proc/%d/mem' % pid, os.O_${right === 'read' ? 'RDONLY' : 'RDWR'}))
        result.append('${nonce} %d' % pid)
    except OSError: pass`,
      happened: (answer) => tells(answer, nonce),
    }),
    uncontrolled: yama,
    ...(right === 'read' && {
      unclaimed: {
        bubblewrap: "bwrap's init can be read: it holds the plugin's own options and environment",
      },
    }),
  })),
];

await runBattery(attempts);
