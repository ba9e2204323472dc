import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PERL } from './spawn.ts';

const run = promisify(execFile);
/** landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION); the same number on all machines. */
const ASK = 'print syscall(444, 0, 0, 1)';

/** Version of the kernel's Landlock interface; 0 or less when there is none. */
export async function landlockVersion(): Promise<number> {
  const { stdout } = await run(PERL, ['-e', ASK]);
  return Number(stdout);
}
