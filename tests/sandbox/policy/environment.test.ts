import t from 'tap';
import { checkEnvironment } from '../../../runtime/sandbox/policy/environment.ts';
import { Stage } from '../fixtures.ts';

await t.test('variables that load code are refused', async (test) => {
  await using stage = await Stage.open();
  for (const name of [
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'LD_AUDIT',
    'NODE_OPTIONS',
    'BASH_ENV',
    'PERL5OPT',
    'GLIBC_TUNABLES',
  ]) {
    test.throws(() => checkEnvironment(stage.spec({ env: { [name]: 'x' } })), {
      code: 'PERMISSION_REFUSED',
      message: new RegExp(`env "${name}"`),
    });
  }
});

await t.test('names and values that would be read as something else are refused', async (test) => {
  await using stage = await Stage.open();
  for (const env of [{ 'A=B': 'x' }, { '': 'x' }, { A: 'x\0B=y' }, { 'A\0B': 'x' }]) {
    test.throws(() => checkEnvironment(stage.spec({ env })), { code: 'PERMISSION_REFUSED' });
  }
});

await t.test('everything else is the business of the plugin', async (test) => {
  await using stage = await Stage.open();
  const env = {
    API_KEY: 'a\nb',
    PATH: '/x',
    HOME: '/y',
    NODE_ENV: 'production',
    PYTHONPATH: '/z',
    LDAP_HOST: 'h',
  };
  test.doesNotThrow(() => checkEnvironment(stage.spec({ env })));
});
