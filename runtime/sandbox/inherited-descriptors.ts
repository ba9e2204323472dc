import { readdir, readFile } from 'node:fs/promises';

const O_CLOEXEC = 0o2000000;
let inherited: Promise<readonly number[]> | undefined;

/**
 * Descriptors from 3 on that this process inherited and would pass on to every child, in rising order. At its start Node
 * makes those up to the first gap behind 15 close at exec, and so does all that it opens itself: one look is enough.
 */
export function findInherited(): Promise<readonly number[]> {
  inherited ??= look();
  return inherited;
}

async function look(): Promise<number[]> {
  const names = await readdir('/proc/self/fdinfo').catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      // The descriptor of the listing itself is gone by now.
      const info = await readFile(`/proc/self/fdinfo/${name}`, 'utf8').catch(() => '');
      const flags = /^flags:\s+([0-7]+)$/m.exec(info)?.[1];
      return flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0 ? Number(name) : -1;
    }),
  );
  return found.filter((fd) => fd > 2).sort((a, b) => a - b);
}
