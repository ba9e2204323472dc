import { fileURLToPath } from 'node:url';
import t from 'tap';
import { z } from 'zod';
import { callResultSchema, runSchema } from '../../../../runtime/contract/api.ts';
import { commandSchema } from '../../../../runtime/contract/commands.ts';
import { apiOf } from '../../../fixtures/kernel-api.ts';
import { createKernelHome, startKernel } from '../../../fixtures/kernel-process.ts';
import { echoManifest, runNexus } from '../../../fixtures/nexus-command.ts';

const folder = fileURLToPath(new URL('../../../fixtures/sdk-plugin/', import.meta.url));
const home = await createKernelHome({ words: { source: { plugin: folder } }, echo: echoManifest });
const kernel = await startKernel(home, ['--allow-unsandboxed']);
t.teardown(async () => {
  await kernel.stop();
  await home[Symbol.asyncDispose]();
});
const api = apiOf(kernel);
const run = (command: string) => api.send('POST', '/api/commands', { command });
const refused = (command: string) => api.refused('POST', '/api/commands', { command });
const nexus = (...words: readonly string[]) => runNexus(['command', ...words, '--data', home.data]);

await t.test('the list has what plugins declare and every tool by its name', async (t) => {
  const commands = await api.get('/api/commands', z.array(commandSchema));
  const of = (plugin: string) => commands.filter((one) => one.plugin === plugin).map(({ usage }) => usage);
  t.equal(of('echo')[0], '/echo.echo <text>');
  t.same(of('words').slice(0, 3), [
    '/words.hi <who>',
    '/words.hello <who> [times]',
    '/words.greet <who> [times]',
  ]);
  const { stdout } = await nexus();
  t.match(stdout, /^COMMAND +WHAT IT DOES$/m);
  t.match(stdout, /^\/words\.hi <who> +Greets$/m);
});

await t.test('a line runs the tool, without a model, by the one invoke path', async (t) => {
  const { body } = await run('/words.hi Ada Lovelace');
  const { run: id, result } = callResultSchema.parse(body);
  t.same(result['structuredContent'], { text: 'Salut Ada LovelaceSalut Ada Lovelace' });
  const [record] = await api.get('/api/runs?limit=1', z.array(runSchema));
  t.match(record, {
    id,
    source: 'command',
    plugin: 'words',
    tool: 'greet',
    args: { who: 'Ada Lovelace', times: 2 },
  });
  t.match(await run('echo.echo {"text":"no slash, JSON"}'), { status: 200 });
});

await t.test('a plugin is told which run a call belongs to', async (t) => {
  const { run: id, result } = callResultSchema.parse((await run('/words.key')).body);
  t.match(result['content'], [{ text: id }]);
});

await t.test('words of a shell stay words', async (t) => {
  t.match(await nexus('/echo.echo a  b'), { code: 0, stdout: 'a b\n' });
  t.match(await nexus('/echo.echo', `it's "5 o'clock"`), { code: 0, stdout: `it's "5 o'clock"\n` });
  t.match(await nexus('/echo.echo', 'text=a  b'), { code: 0, stdout: 'a  b\n' });
  t.match(await nexus('/echo.echo', '{"text":"é"}'), { code: 0, stdout: 'é\n' });
  t.match(await nexus('/echo.fail'), { code: 1, stderr: 'it went wrong\n' });
});

await t.test('what cannot be run says how it is written', async (t) => {
  t.match(await refused('/words.hy Ada'), {
    status: 404,
    code: 'COMMAND_UNKNOWN',
    message: /mean "\/words\.hi"/,
  });
  t.match(await refused('/'), { status: 404, code: 'COMMAND_UNKNOWN' });
  t.match(await refused('/words.hi'), {
    status: 400,
    code: 'COMMAND_INVALID',
    message: /who is missing\. Usage: \/words\.hi <who>\.$/,
  });
  // Only the whole schema knows that: it is asked by the one invoke path.
  t.match(await refused('/words.greet3 A'), {
    code: 'COMMAND_INVALID',
    message: /\/who .* Usage: \/words\.greet3 <who> \[loud/,
  });
  t.match(await refused('/echo.refuse'), { status: 502, code: 'CALL_REFUSED', message: /not today/ });
  t.match(await refused('x'.repeat(70_000)), { status: 400, code: 'REQUEST_INVALID' });
  t.match(await nexus('/words.hi'), { code: 1, stderr: /^COMMAND_INVALID: .*Usage: \/words\.hi <who>/ });
});

await t.test('a tool whose plugin asks for approval is not run by who cannot be asked', async (t) => {
  t.match(await refused('/words.add 1 2'), { code: 'RUN_DENIED' });
});
