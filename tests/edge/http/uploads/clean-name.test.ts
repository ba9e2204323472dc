import t from 'tap';
import { cleanName, numberedName } from '../../../../runtime/edge/http/uploads/clean-name.ts';

await t.test('a file name out of anything', (t) => {
  const names: Record<string, string> = {
    'report.pdf': 'report.pdf',
    'Bericht für Zoë.docx': 'Bericht für Zoë.docx',
    '/etc/passwd': 'passwd',
    '..\\..\\a.txt': 'a.txt',
    '..': 'file',
    '': 'file',
    '.ssh': 'ssh',
    'a\0b\nc.txt': 'abc.txt',
    'a\u202Ecod.exe': 'acod.exe',
    'x\uD800.txt': 'x.txt',
    '  two   words . ': 'two words',
    [`${'ü'.repeat(200)}.tar`]: `${'ü'.repeat(58)}.tar`,
    [`a.${'b'.repeat(300)}`]: `a.${'b'.repeat(118)}`,
  };
  for (const [given, name] of Object.entries(names)) {
    t.equal(cleanName(given), name);
    t.equal(cleanName(name), name, 'twice changes nothing');
  }
  t.equal(numberedName('a.tar.gz', 1), 'a.tar.gz');
  t.equal(numberedName('a.pdf', 2), 'a-2.pdf');
  t.equal(numberedName('a', 3), 'a-3');
  t.end();
});
