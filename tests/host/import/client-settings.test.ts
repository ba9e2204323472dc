import t from 'tap';
import { openImport } from '../../fixtures/import-stage.ts';

const ask = (id: string, more: object = {}) => ({ type: 'promptString', id, ...more });

await t.test('each input is a setting of its own, and one that is secret anywhere stays one', async (t) => {
  const { plan } = await openImport(t);
  const inputs = [
    ask('user name', { password: true }),
    ask('db.pass', { password: true }),
    ask('db_pass', { password: false }),
    ask('twice', { password: true, description: 'First' }),
    ask('twice', { description: 'Second' }),
  ];
  const env = {
    A: '${input:user name}',
    B: '${input:db.pass}',
    C: '${input:db_pass}',
    D: 'x${input:db.pass}',
    E: '${input:twice}',
    F: '${command:pick}',
    G: '${input:undeclared}',
    H: '${not a reference}',
  };
  const text = JSON.stringify({
    inputs,
    servers: {
      asks: { command: 'node', args: ['s.js'], env },
      far: { url: 'https://h.example/${config:it}' },
    },
  });
  const [asks, far] = await plan({ source: { text } });
  t.match(asks?.manifest, {
    source: {
      env: {
        A: '${settings.user_name}',
        B: '${settings.db_pass}',
        C: '${settings.db_pass_2}',
        D: 'x${settings.db_pass}',
        E: '${settings.twice}',
        F: '${command:pick}',
      },
    },
    settings: {
      user_name: { title: 'user name', sensitive: true },
      db_pass: { title: 'db.pass', sensitive: true },
      db_pass_2: { title: 'db_pass', sensitive: undefined },
      twice: { description: 'Second', sensitive: true },
    },
  });
  t.strictSame(asks?.warnings, [
    'Nothing here stands for ${command:pick}: it is handed over as it is written',
    'The file does not say what its input "undeclared" is: it is asked for as a text',
  ]);
  t.match(far?.warnings, [/^Nothing here stands for \$\{config:it\}/]);
});

await t.test('what is wrong is said of the file that was given, and what to write instead', async (t) => {
  const { plan } = await openImport(t);
  for (const [server, problem] of [
    [{ command: 'node', args: [true] }, /servers\.sock\.args\[0\] is true\. Write a text in double quotes/],
    [{ command: 'node', env: { A: null } }, /servers\.sock\.env\.A is null\. Write a text in double quotes/],
    [{ command: 'node', env: { A: {} } }, /servers\.sock\.env\.A is \{\}\. Write a text in double quotes/],
    [{ url: 'ws://h.example/' }, /^IMPORT_INVALID: (?!.*manifests).*servers\.sock\.url /],
    [{ url: 'https://h.example/', headers: { 'a b': 'c' } }, /servers\.sock\.headers/],
  ] as const)
    await t.rejects(plan({ source: { text: JSON.stringify({ servers: { sock: server } }) } }), {
      code: 'IMPORT_INVALID',
      message: problem,
    });
});
