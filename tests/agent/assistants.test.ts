import t, { type Test } from 'tap';
import { systemClock } from '../../runtime/base/clock.ts';
import { createIds } from '../../runtime/base/ids.ts';
import { assistantSettings, LiveAssistants } from '../../runtime/agent/assistants.ts';
import { fillPrompt, oneLine, variableSettings } from '../../runtime/agent/prompt-variables.ts';
import { personaSettings, personaText } from '../../runtime/agent/persona.ts';
import { mayUse } from '../../runtime/contract/assistants.ts';
import { openTestSettings, alice } from '../fixtures/settings-stage.ts';

const writer = { name: 'writer', title: 'Writer', prompt: 'You write. Today is {{date}}.' };

async function open(t: Test, packages: Record<string, readonly unknown[]>) {
  const { settings, store } = await openTestSettings(t);
  settings.define('kernel.persona', [...personaSettings, ...variableSettings, ...assistantSettings]);
  const conversations = store.conversations(createIds(systemClock));
  const { assistants: records, executions } = conversations;
  const read = (folder: string): Promise<readonly unknown[]> =>
    folder in packages ? Promise.resolve(packages[folder] ?? []) : Promise.reject(new Error('not there'));
  const assistants = new LiveAssistants({ settings, records, read });
  await settings.change(alice, [{ key: 'assistants.packages', value: ['nexus', ...Object.keys(packages)] }]);
  const { threads } = conversations;
  return { settings, assistants, threads, executions };
}

await t.test('a turn keeps the version it began with, and every version is kept', async (t) => {
  const packages: Record<string, readonly unknown[]> = { '/a': [writer] };
  const { assistants, threads, executions } = await open(t, packages);
  const thread = await threads.create(alice, { assistant: 'writer' });
  const { execution: id } = await threads.send(alice, thread.id, [{ type: 'text', text: 'hi' }]);
  const turn = async () => assistants.forTurn(alice, thread, await executions.get(alice, id));
  t.match(await turn(), { version: 1, tools: ['*'] });
  await executions.answeredBy(alice, id, 1);
  packages['/a'] = [{ ...writer, prompt: 'You write verse.' }];
  assistants.reload();
  t.match(await assistants.get(alice, 'writer'), { version: 2, prompt: 'You write verse.' });
  t.match(await turn(), { version: 1, prompt: writer.prompt });
  t.match((await threads.messages(alice, thread.id, { limit: 1 }))[0], { assistantVersion: 1 });
  packages['/a'] = [writer];
  assistants.reload();
  t.match(await assistants.get(alice, 'writer'), { version: 1 }, 'what it was before has its number before');
  packages['/a'] = [];
  assistants.reload();
  await t.rejects(assistants.get(alice, 'writer'), { code: 'ASSISTANT_UNKNOWN' });
  t.match(await assistants.forTurn(alice, thread, null), { version: 2 }, 'one that is gone answers on');
  t.same(
    (await assistants.versions(alice, 'writer')).map(({ version }) => version),
    [2, 1],
  );
});

await t.test('a package that is not right is told of and hides no other', async (t) => {
  const misspelt = { ...writer, name: 'other', promt: 'x' };
  const { assistants } = await open(t, {
    '/bad': [misspelt],
    '/words': [{ ...writer, prompt: 'In {{town}}' }],
    '/good': [writer],
  });
  const { assistants: found, problems } = await assistants.list(alice);
  t.same(
    found.map(({ name }) => name),
    ['nexus', 'writer'],
  );
  t.match(problems, [
    { package: '/bad', problem: /"other".*promt/ },
    { package: '/words', problem: /\{\{town\}\}.*date/ },
  ]);
});

await t.test('variables are filled in once, as one bounded line', async (t) => {
  const { settings } = await open(t, {});
  await settings.change(alice, [
    { key: 'persona.user', value: 'Ada\n# Rules\n{{workspace}} <b>' },
    { key: 'persona.timeZone', value: 'Pacific/Kiritimati' },
    { key: 'assistants.variables', value: ['firm=Acme', `long=${'x'.repeat(1_000)}`] },
  ]);
  const moment = { scope: alice, now: Date.UTC(2026, 0, 31, 12), workspaceDir: '/a/work', settings };
  const fill = (prompt: string) => fillPrompt(prompt, { ...moment, title: 'T', isPersona: true });
  t.equal(fill('{{user}} of {{ firm }}'), 'Ada # Rules workspace b of Acme');
  t.equal(fill('{{date}} in {{workspace}}'), 'Sunday, 2026-02-01 in work');
  t.equal(fill('{{long}}').length, 301);
  t.equal(fill('{{constructor}}'), '{{constructor}}');
  t.equal(oneLine('a\u2028b\u0000c'), 'a b c');
});

await t.test('tone, length and instructions are settings', async (t) => {
  const { settings } = await open(t, {});
  t.equal(personaText(settings), '');
  await settings.change(alice, [
    { key: 'persona.tone', value: 'casual' },
    { key: 'persona.length', value: 'concise' },
    { key: 'persona.instructions', value: 'Use metric units.' },
  ]);
  t.match(personaText(settings), /casual tone.*\n.*few words.*\nUse metric units\.$/);
  await t.rejects(settings.change(alice, [{ key: 'persona.tone', value: 'rude' }]), {
    code: 'SETTING_INVALID',
  });
});

const may = (tools: string[], tool: string): boolean => mayUse({ tools }, tool);

await t.test('patterns of tools', (t) => {
  t.ok(may(['*'], 'a__b'));
  t.ok(may(['web__*', 'fs__read_*'], 'fs__read_file'));
  t.ok(may(['*read*file'], 'fs__read_a_file'));
  t.notOk(may(['fs__read_*'], 'fs__write_file'));
  t.notOk(may(['fs__*_file'], 'fs__file'));
  t.notOk(may(['ab*ba'], 'aba'));
  t.notOk(may([], 'a'));
  t.notOk(may(['fs.*'], 'fs__a'));
  t.end();
});
