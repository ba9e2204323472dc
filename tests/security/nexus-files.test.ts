import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Attempt, runBattery, tells } from './battery.ts';

const fs = `const fs = require('node:fs');`;
const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/** What belongs to Nexus itself: no permission gives it to a plugin. */
const attempts: Attempt[] = [
  {
    name: 'rewrite its own code',
    dimension: 'files',
    aim: async ({ stage, nonce }) => {
      const path = join(stage.pluginDir, `code-${nonce.slice(-6)}.mjs`);
      await writeFile(path, 'original');
      return {
        code: `${fs} fs.writeFileSync('${path}', 'rewritten')`,
        happened: () => textOf(path) === 'rewritten',
      };
    },
  },
  {
    name: "read the kernel's token",
    dimension: 'files',
    aim: async ({ stage, nonce }) => {
      const path = join(stage.dataDir, 'token');
      await writeFile(path, nonce, { mode: 0o600 });
      return {
        code: `${fs} return fs.readFileSync('${path}', 'utf8')`,
        happened: (answer) => tells(answer, nonce),
      };
    },
  },
  {
    name: "change the kernel's database",
    dimension: 'files',
    aim: async ({ stage, nonce }) => {
      const path = join(stage.dataDir, 'kernel.db');
      await writeFile(path, nonce);
      return {
        code: `${fs} fs.appendFileSync('${path}', 'changed')`,
        happened: () => textOf(path).includes('changed'),
      };
    },
  },
  {
    name: "read another plugin's data",
    dimension: 'files',
    aim: async ({ stage, nonce }) => {
      const directory = join(stage.dataDir, 'plugins', 'other');
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, 'notes'), nonce);
      return {
        code: `${fs} return fs.readFileSync('${directory}/notes', 'utf8')`,
        happened: (answer) => tells(answer, nonce),
      };
    },
  },
];

await runBattery(attempts);
