import { z } from 'zod';
import { assistantListSchema, assistantVersionSchema } from '../../contract/assistants.ts';
import { contextPreviewSchema } from '../../contract/context.ts';
import { memoryFileSchema, memorySchema } from '../../contract/memories.ts';
import { wordAt, type Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { inOneLine, moment, paint, paragraph, print, printable, printJson, printTable } from './terminal.ts';

const memoriesSchema = z.array(memorySchema);
/** Ids of memories hold no dot, names of files do. */
const fileName = /[./]/;

const list: Command = async (given, deps) => {
  const found = await clientOf(given, deps).get('/api/assistants', assistantListSchema);
  if (given.switches.has('json')) {
    printJson(found);
    return 0;
  }
  printTable(
    [{ title: 'NAME' }, { title: 'VERSION' }, { title: 'MODEL' }, { title: 'WHAT IT IS FOR' }],
    found.assistants.map(({ name, version, model, title, description }) => [
      name,
      String(version),
      model ?? '-',
      inOneLine(description === '' ? title : description),
    ]),
  );
  for (const { problem } of found.problems) print(paragraph(paint('red', inOneLine(problem))));
  return 0;
};

const versions: Command = async (given, deps) => {
  const path = `/api/assistants/${encodeURIComponent(wordAt(given, 0))}/versions`;
  const found = await clientOf(given, deps).get(path, z.array(assistantVersionSchema));
  if (given.switches.has('json')) printJson(found);
  else
    for (const { version, createdAt, prompt } of found)
      print(`${paint('bold', `${version}`)} ${moment(createdAt, Date.now())}\n${printable(prompt)}`);
  return 0;
};

const memories: Command = async (given, deps) => {
  const search = given.words.join(' ');
  const query = new URLSearchParams({
    ...(search === '' ? {} : { search }),
    ...(given.switches.has('deleted') ? { deleted: 'true' } : {}),
  });
  const found = await clientOf(given, deps).get(`/api/memories?${query.toString()}`, memoriesSchema);
  if (given.switches.has('json')) printJson(found);
  else if (found.length === 0) print('Nothing is kept in mind.');
  else
    printTable(
      [{ title: 'ID' }, { title: 'WHEN' }, { title: 'FOR' }, { title: 'TRUST' }, { title: 'WHAT' }],
      found.map(({ id, createdAt, scope, assistant, trust, text }) => [
        id,
        moment(createdAt, Date.now()),
        assistant ?? scope,
        trust === 'untrusted' ? { text: trust, style: 'yellow' } : trust,
        inOneLine(text),
      ]),
    );
  return 0;
};

const remember: Command = async (given, deps) => {
  const { scope, assistant } = given.values;
  const body = { text: given.words.join(' '), ...(scope && { scope }), ...(assistant && { assistant }) };
  const { id } = await clientOf(given, deps).post('/api/memories', body, memorySchema);
  print(`kept in mind: ${id}`);
  return 0;
};

const approve: Command = async (given, deps) => {
  const client = clientOf(given, deps);
  const what = wordAt(given, 0);
  if (!fileName.test(what)) {
    const { text } = await client.post(`/api/memories/${what}/approve`, {}, memorySchema);
    print(paragraph(`counts as an instruction from now on: ${inOneLine(text)}`));
    return 0;
  }
  const file = await client.get(`/api/memories/file?path=${encodeURIComponent(what)}`, memoryFileSchema);
  print(printable(file.text));
  if (!given.switches.has('yes')) {
    print(paragraph(`Run "nexus memories approve ${what} --yes" for this to count as instructions.`));
    return 1;
  }
  const { path, sha256 } = file;
  await client.post('/api/memories/file/trust', { path, sha256 }, memoryFileSchema);
  print(`${path} counts as instructions until it changes.`);
  return 0;
};

const forget: Command = async (given, deps) => {
  const path = `/api/memories/${encodeURIComponent(wordAt(given, 0))}`;
  const client = clientOf(given, deps);
  const { text } = given.switches.has('undo')
    ? await client.post(`${path}/restore`, {}, memorySchema)
    : await client.delete(path, memorySchema);
  print(paragraph(`${given.switches.has('undo') ? 'kept in mind again' : 'forgotten'}: ${inOneLine(text)}`));
  return 0;
};

const context: Command = async (given, deps) => {
  const { thread, assistant } = given.values;
  const message = given.words.join(' ');
  const query = new URLSearchParams({ ...(thread && { thread }), ...(assistant && { assistant }), message });
  const path = `/api/context/preview?${query.toString()}`;
  const preview = await clientOf(given, deps).get(path, contextPreviewSchema);
  if (given.switches.has('json')) {
    printJson(preview);
    return 0;
  }
  const sum = preview.tools.reduce((total, { tokens }) => total + tokens, 0);
  printTable(
    [{ title: 'PART' }, { title: 'TRUST' }, { title: 'TOKENS', isNumber: true }, { title: 'WHAT' }],
    [
      ...preview.parts.map(({ kind, trust, tokens, title }) => [
        kind,
        trust,
        String(tokens),
        inOneLine(title),
      ]),
      ['history', '-', String(preview.history.tokens), `${preview.history.messages} messages`],
      ['tools', '-', String(sum), `${preview.tools.length} tools`],
    ],
  );
  print(`about ${preview.tokens} tokens in all`);
  for (const text of [...preview.system, preview.data ?? '']) print(`\n${printable(text)}`);
  return 0;
};

export const personaCommands: Readonly<Record<string, Command>> = {
  list,
  versions,
  memories,
  remember,
  approve,
  forget,
  context,
};
