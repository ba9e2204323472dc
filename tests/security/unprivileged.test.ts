import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';

const run = promisify(execFile);
const NOBODY = '65534';
// `env -i`: tap lets every process write notes into the checkout, which nobody may not.
const environment = `TAP=1 TAP_TIMEOUT=${process.env['TAP_TIMEOUT'] ?? 120}`;
const asNobody = `--reuid ${NOBODY} --regid ${NOBODY} --clear-groups -- /usr/bin/env -i ${environment}`.split(
  ' ',
);

/** As root the attempts whose outcome depends on the user run once more without its rights. */
if (process.getuid?.() === 0) {
  const canRead = await run('setpriv', [...asNobody, process.execPath, '--eval', `require('tap')`], {
    cwd: import.meta.dirname,
  }).then(
    () => true,
    () => false,
  );
  for (const name of ['files', 'processes', 'kernel-interfaces', 'launch']) {
    const file = join(import.meta.dirname, `${name}.test.ts`);
    if (canRead) await t.spawn('setpriv', [...asNobody, process.execPath, file], {}, name);
    else t.pass(name, { skip: `uid ${NOBODY} cannot read this checkout` });
  }
} else {
  t.pass('as nobody', { skip: 'the tests already run without root' });
}
