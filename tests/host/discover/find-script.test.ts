import t from 'tap';
import { findScript } from '../../../runtime/host/discover/find-script.ts';

const cases: readonly (readonly [string, readonly string[], unknown])[] = [
  ['node', ['server.js'], { index: 0, isSure: true }],
  ['node', ['--import', 'tsx', '--no-warnings', 'server.ts', 'x'], { index: 3, isSure: true }],
  ['node', ['-r', './hook.js', '--env-file=.env', 'server.js'], { index: 3, isSure: true }],
  ['node', ['--', '-odd.js'], { index: 1, isSure: true }],
  ['node', ['-e', '1'], 'none'],
  ['node', ['--eval=1'], 'none'],
  ['node', [], 'missing'],
  ['node', ['--no-warnings'], 'missing'],
  ['node', ['--'], 'missing'],
  ['python3', ['-u', 'server.py'], { index: 1, isSure: false }],
  ['python3.12', ['server.py'], { index: 0, isSure: false }],
  ['python3', ['-m', 'server', 'file.txt'], 'none'],
  ['python3', ['-c', 'code'], 'none'],
  ['python3', [], 'none'],
  ['deno', ['run', '-A', 'main.ts'], { index: 2, isSure: false }],
  ['java', ['-jar', 'server.jar'], { index: 1, isSure: false }],
  ['my-server', ['/home/me/.ssh/config'], 'none'],
];

for (const [program, args, expected] of cases) {
  await t.test(`${program} ${args.join(' ')}`, (t) => {
    t.same(findScript(program, args), expected);
    t.end();
  });
}
