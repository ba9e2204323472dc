import { once } from 'node:events';
import { spawn } from 'node:child_process';
import t from 'tap';
import { MemoryWatch } from '../../runtime/sandbox/memory-watch.ts';

await t.test('a tree is ended when what it really uses is more than it may', async (test) => {
  const child = spawn(
    process.execPath,
    ['--eval', 'const hold = Buffer.alloc(200 << 20, 1); console.log("full"); setInterval(() => hold, 1e6)'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  const reasons: string[] = [];
  const tree = {
    members: () => Promise.resolve([child.pid ?? 0, process.pid, 2 ** 22]),
    end: (reason: string) => void reasons.push(reason),
  };
  using watch = new MemoryWatch();
  const forgetLarge = watch.add(tree, 4_000);
  await watch.tick();
  test.same(reasons, [], 'it may use that much');
  forgetLarge();
  const forget = watch.add(tree, 128);
  await watch.tick();
  test.equal(reasons.length, 1);
  test.match(reasons[0], /^it used [2-9]\d\d MB of memory, and limits\.memoryMb allows it 128 /);
  forget();
  await watch.tick();
  test.equal(reasons.length, 1, 'nobody looks any more');
  child.kill('SIGKILL');
  await once(child, 'exit');
});
