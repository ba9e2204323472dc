import t from 'tap';
import { asFault, FileFault, systemCode } from '../../../plugins/filesystem/src/faults.ts';

const made = (code: string): FileFault =>
  asFault(Object.assign(new Error('raw /proc/self/fd/7/x'), { code }), 'a/b');

await t.test('a system error becomes what happened and what to do', (test) => {
  const expected = {
    ENOENT: 'NOT_FOUND',
    EACCES: 'PERMISSION_DENIED',
    EROFS: 'PERMISSION_DENIED',
    ERR_ACCESS_DENIED: 'PERMISSION_DENIED',
    ENOSPC: 'DISK_FULL',
    EISDIR: 'NOT_A_FILE',
    ENOTEMPTY: 'NOT_EMPTY',
    EXDEV: 'INVALID_ARGUMENT',
    EIO: 'IO_ERROR',
  };
  for (const [code, fault] of Object.entries(expected)) {
    const { code: actual, message } = made(code);
    test.equal(actual, fault, code);
    test.match(message, new RegExp(`^${fault}: .*"a/b".*\\. [A-Z].*\\.$`));
    test.notMatch(message, '/proc', 'no word about descriptors');
  }
  test.end();
});

await t.test('what is a fault already stays, what is unknown keeps its cause', (test) => {
  const fault = new FileFault('EXISTS', 'It is there', 'Do something');
  test.equal(asFault(fault, 'x'), fault);
  const bug = new TypeError('bug');
  test.match(asFault(bug, 'x'), { code: 'IO_ERROR', cause: bug });
  test.same([systemCode(bug), systemCode('x'), systemCode({ code: 'x' })], [undefined, undefined, undefined]);
  test.end();
});
