import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Attempt, runBattery, type Scene, tells } from './battery.ts';
import { NUMBER } from './numbers.ts';

const fs = `const fs = require('node:fs');`;
const readGrant = (scene: Scene) => ({ permissions: { fs: { read: [scene.outside], write: [] } } });
const writeGrant = (scene: Scene) => ({ permissions: { fs: { read: [], write: [scene.outside] } } });
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
const isRoot = process.getuid?.() === 0;

/** Landlock knows no right for them, so that its filter lets every change of them pass without effect. */
const NO_METADATA = { landlock: 'modes and times cannot be changed at all behind Landlock' };

const attempts: Attempt[] = [
  {
    name: 'read a file outside',
    dimension: 'files',
    aim: ({ secret, nonce }) => ({
      code: `${fs} return fs.readFileSync('${secret}', 'utf8')`,
      happened: (answer) => tells(answer, nonce),
    }),
    grant: readGrant,
  },
  {
    name: 'read it on a path that climbs out of the package',
    dimension: 'files',
    aim: ({ secret, nonce, stage }) => ({
      code: `${fs} return fs.readFileSync('${relative(stage.pluginDir, secret)}', 'utf8')`,
      happened: (answer) => tells(answer, nonce),
    }),
    grant: readGrant,
  },
  {
    name: "read it through the root of the process's own /proc entry",
    dimension: 'files',
    aim: ({ secret, nonce }) => ({
      code: `${fs} return fs.readFileSync('/proc/self/root${secret}', 'utf8')`,
      happened: (answer) => tells(answer, nonce),
    }),
    grant: readGrant,
    ineffective: { landlock: 'a process may not look through its /proc/self/root behind Landlock' },
  },
  {
    name: 'read it through a symbolic link of its own',
    dimension: 'files',
    aim: ({ secret, nonce, dataDir }) => ({
      code: `${fs} const link = '${dataDir}/link-${nonce.slice(-6)}';
        fs.symlinkSync('${secret}', link); return fs.readFileSync(link, 'utf8')`,
      happened: (answer) => tells(answer, nonce),
    }),
    grant: readGrant,
  },
  {
    name: 'list a directory outside',
    dimension: 'files',
    aim: async ({ outside, nonce }) => {
      await writeFile(join(outside, nonce), '');
      return {
        code: `${fs} return fs.readdirSync('${outside}')`,
        happened: (answer) => tells(answer, nonce),
      };
    },
    grant: readGrant,
  },
  {
    name: 'watch a directory outside',
    dimension: 'files',
    aim: ({ outside, nonce, resources }) => {
      // Something changes there all the time.
      const timer = setInterval(() => writeFileSync(join(outside, nonce), ''), 10);
      resources.defer(() => clearInterval(timer));
      return {
        code: `${fs} return new Promise((resolve, reject) => {
          setTimeout(resolve, 1_000, 'nothing seen');
          fs.watch('${outside}', (event, name) => resolve(name)).on('error', reject);
        })`,
        happened: (answer) => tells(answer, nonce),
      };
    },
    grant: readGrant,
    ineffective: { landlock: 'directories cannot be watched behind Landlock' },
  },
  {
    name: 'create a file outside',
    dimension: 'files',
    aim: ({ outside, nonce }) => ({
      code: `${fs} fs.writeFileSync('${outside}/new', '${nonce}')`,
      happened: () => textOf(join(outside, 'new')) === nonce,
    }),
    grant: writeGrant,
  },
  {
    name: 'overwrite a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.writeFileSync('${secret}', 'overwritten')`,
      happened: () => textOf(secret) === 'overwritten',
    }),
    grant: writeGrant,
  },
  {
    name: 'write to it through a symbolic link of its own',
    dimension: 'files',
    aim: ({ secret, dataDir, nonce }) => ({
      code: `${fs} const link = '${dataDir}/wlink-${nonce.slice(-6)}';
        fs.symlinkSync('${secret}', link); fs.appendFileSync(link, 'appended')`,
      happened: () => textOf(secret).includes('appended'),
    }),
    grant: writeGrant,
  },
  {
    name: 'truncate a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.truncateSync('${secret}', 0)`,
      happened: () => textOf(secret) === '',
    }),
    grant: writeGrant,
  },
  {
    name: 'delete a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.rmSync('${secret}')`,
      happened: () => !existsSync(secret),
    }),
    grant: writeGrant,
  },
  {
    name: 'rename a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.renameSync('${secret}', '${secret}-moved')`,
      happened: () => existsSync(`${secret}-moved`),
    }),
    grant: writeGrant,
  },
  {
    name: 'replace a file outside with one of its own',
    dimension: 'files',
    aim: ({ secret, outside, nonce }) => ({
      code: `${fs} fs.writeFileSync('${outside}/mine', 'mine ${nonce}'); fs.renameSync('${outside}/mine', '${secret}')`,
      happened: () => textOf(secret).startsWith('mine'),
    }),
    grant: writeGrant,
  },
  {
    name: 'make a hard link to a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.linkSync('${secret}', '${secret}-linked')`,
      happened: () => statSync(secret).nlink === 2,
    }),
    grant: writeGrant,
  },
  {
    name: 'take a file outside into its own directory by a hard link',
    dimension: 'files',
    aim: ({ secret, dataDir, nonce }) => ({
      code: `${fs} fs.linkSync('${secret}', '${dataDir}/hard-${nonce.slice(-6)}')`,
      happened: () => statSync(secret).nlink === 2,
    }),
  },
  {
    name: 'change the mode of a file outside',
    dimension: 'files',
    aim: ({ secret }) => ({
      code: `${fs} fs.chmodSync('${secret}', 0o777)`,
      happened: () => (statSync(secret).mode & 0o777) === 0o777,
    }),
    grant: writeGrant,
    ineffective: NO_METADATA,
  },
  {
    name: 'write to a file granted for reading',
    dimension: 'files',
    base: readGrant,
    aim: ({ secret }) => ({
      code: `${fs} fs.appendFileSync('${secret}', 'appended')`,
      happened: () => textOf(secret).includes('appended'),
    }),
    grant: writeGrant,
  },
  {
    name: 'change the mode of a file granted for reading, through its descriptor',
    dimension: 'files',
    base: readGrant,
    aim: ({ secret }) => ({
      code: `${fs} fs.fchmodSync(fs.openSync('${secret}', 'r'), 0o777)`,
      happened: () => (statSync(secret).mode & 0o777) === 0o777,
    }),
    grant: writeGrant,
    ineffective: NO_METADATA,
  },
  {
    name: 'change the times of a file granted for reading',
    dimension: 'files',
    base: readGrant,
    aim: ({ secret }) => ({
      code: `${fs} fs.utimesSync('${secret}', 1, 1)`,
      happened: () => statSync(secret).mtimeMs === 1_000,
    }),
    grant: writeGrant,
    ineffective: NO_METADATA,
  },
  {
    name: 'read a file by its handle rather than its name',
    dimension: 'files',
    language: 'python',
    aim: ({ secret, nonce }) => ({
      code: `
import os
handle = ctypes.create_string_buffer((128).to_bytes(4, 'little') + b'\\0' * 132)
mount = ctypes.create_string_buffer(4)
root = os.open('/', os.O_RDONLY)
syscall(${NUMBER.name_to_handle_at}, -100, b'${secret}', handle, mount, 0)
fd = syscall(${NUMBER.open_by_handle_at}, root, handle, os.O_RDONLY)
result = os.read(fd, 200).decode()`,
      happened: (answer) => tells(answer, nonce),
    }),
    uncontrolled: () => (isRoot ? null : 'only root may open files by their handle'),
  },
  {
    name: 'leave a program that runs with the rights of the kernel for everybody else',
    dimension: 'files',
    language: 'python',
    base: writeGrant,
    aim: ({ outside }) => ({
      code: `import os
tries = [lambda: os.close(os.open('${outside}/program', os.O_CREAT | os.O_WRONLY, 0o4755)),
    lambda: os.chmod('${outside}/program', 0o4755), lambda: os.fchmod(os.open('${outside}/program', os.O_RDONLY), 0o4755)]
open('${outside}/program', 'w').close()
for attempt in tries:
    try: attempt()
    except OSError: pass`,
      happened: () =>
        ((statSync(join(outside, 'program'), { throwIfNoEntry: false })?.mode ?? 0) & 0o4000) !== 0,
    }),
  },
  {
    name: 'make a device file of its own',
    dimension: 'files',
    language: 'python',
    aim: ({ dataDir, nonce }) => {
      const path = join(dataDir, `device-${nonce.slice(-6)}`);
      return {
        code: `import os, stat\nos.mknod('${path}', 0o600 | stat.S_IFCHR, os.makedev(1, 5))`,
        happened: () => existsSync(path),
      };
    },
    uncontrolled: () => (isRoot ? null : 'only root may make devices'),
  },
];

await runBattery(attempts);
