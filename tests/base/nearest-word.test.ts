import t from 'tap';
import { nearestWord } from '../../runtime/base/nearest-word.ts';

await t.test('a misspelled word finds the one it stands for', (t) => {
  t.equal(nearestWord('permisions', ['permissions', 'prefix', 'source']), 'permissions');
  t.equal(nearestWord('Comand', ['plugin', 'command', 'url']), 'command');
  t.equal(nearestWord('arg', ['args', 'env']), 'args');
  t.equal(nearestWord('memoryMB', ['memoryMb', 'pids']), 'memoryMb');
  t.end();
});

await t.test('a word that is near to nothing finds nothing', (t) => {
  t.equal(nearestWord('colour', ['permissions', 'prefix', 'source']), undefined);
  t.equal(nearestWord('x', ['url', 'pid']), undefined, 'not when every letter would change');
  t.equal(nearestWord('anything', []), undefined);
  t.end();
});
