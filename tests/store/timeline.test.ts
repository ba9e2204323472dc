import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { canonicalJson } from '../../runtime/base/canonical-json.ts';
import { openRaw, tenantFile } from '../fixtures/store-stage.ts';
import { openWork, operator, type WorkStage } from '../fixtures/work-stage.ts';

/** One of each kind on record, followed. */
async function filled(t: Test): Promise<WorkStage & { readonly raw: Database.Database }> {
  const stage = await openWork(t);
  const { store, work, newId, clock } = stage;
  const run = { plugin: 'p', tool: 'x', effect: 'irreversible', source: 'test', client: null } as const;
  for (const n of [1, 2, 3]) {
    const id = newId();
    await store.ledger.begin(operator, { id, ...run, args: { n } });
    await store.ledger.finish(operator, id, { state: 'SUCCEEDED', error: null, result: { n } });
  }
  const open = newId();
  await store.ledger.queue(operator, { id: open, ...run, args: {} });
  const directive = await work.directives.add(operator, { kind: 'k', payload: { tool: 'p__x' }, key: 'one' });
  const running = await work.directives.move(directive, { state: 'running', attempts: 1, run: newId() });
  if (running === null) throw new Error('it was not begun');
  await work.directives.move(running, { state: 'succeeded' });
  await work.signals.add(operator, { name: 'order.paid', subject: 'o1' });
  const record = { key: 'a.b', value: '1', isSealed: false, category: 'c', version: 1 };
  await store.settings.write(operator, [
    {
      record: { ...record, updatedAt: clock.at, updatedBy: 'test' },
      overVersion: 0,
      audit: { oldValue: null, newValue: 1 },
    },
  ]);
  await store.ledger.list(operator, { limit: 1 });
  while ((await work.timeline.follow(3)) > 0);
  return { ...stage, raw: openRaw(t, tenantFile(stage.dataDir)) };
}

await t.test('all that happened has an entry, once, in one chain', async (t) => {
  const { work } = await filled(t);
  const entries = await work.timeline.list(operator, { limit: 100 });
  const said = entries.map(({ kind, what, subject }) => `${kind} ${what} ${subject}`).toReversed();
  for (const part of ['directive requested', 'directive succeeded', 'signal order.paid', 'setting version 1'])
    t.equal(said.filter((line) => line.startsWith(part)).length, 1, part);
  t.equal(said.filter((line) => line === 'run SUCCEEDED p.x').length, 3, 'ended runs only');
  const found = await work.timeline.verify(undefined, 4);
  t.match(found, { entries: entries.length, compared: entries.length, broken: null, head: entries[0]?.hash });
  t.same((await work.timeline.list(operator, { kind: 'signal', limit: 100 })).length, 2);
  t.same((await work.timeline.list(operator, { text: 'ORDER', limit: 100 })).length, 1);
  const page = await work.timeline.list(operator, { limit: 2 });
  const second = await work.timeline.list(operator, { limit: 100, before: page[1]?.seq ?? 0 });
  t.equal(second.length, entries.length - 2);
});

await t.test('an entry cannot be changed, deleted, replaced or put in between', async (t) => {
  const { raw } = await filled(t);
  const spoil = [
    `UPDATE timeline SET what = 'x'`,
    'DELETE FROM timeline',
    `INSERT OR REPLACE INTO timeline SELECT * FROM timeline WHERE seq = 2`,
    `INSERT INTO timeline SELECT max(seq) + 2, at, kind, ref, what, subject, group_id, user_id, actor, digest, hash, 'x' FROM timeline`,
    `INSERT INTO timeline SELECT max(seq) + 1, at, kind, ref, what, subject, group_id, user_id, actor, digest, 'other', 'x' FROM timeline`,
  ];
  for (const sql of spoil) t.throws(() => raw.exec(sql), /timeline/, sql);
});

await t.test('who gets around that is found out, at the first link that does not hold', async (t) => {
  const stage = await filled(t);
  const { raw, work } = stage;
  const begun = await work.directives.add(operator, { kind: 'k', payload: { tool: 'p__x' }, key: 'two' });
  await work.directives.move(begun, { state: 'running', attempts: 1, run: stage.newId() });
  while ((await work.timeline.follow(3)) > 0);
  const head = (await work.timeline.verify(undefined, 50)).head;
  const triggers = raw
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  /** Undoes itself. */
  const spoiled = async (sql: string, asked?: string) => {
    for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`);
    raw.exec('CREATE TABLE kept AS SELECT * FROM timeline; CREATE TABLE runs AS SELECT * FROM tool_runs');
    raw.exec('CREATE TABLE intents AS SELECT * FROM directives');
    raw.exec(sql);
    const found = await work.timeline.verify(asked, 50);
    raw.exec('DELETE FROM timeline; INSERT INTO timeline SELECT * FROM kept; DROP TABLE kept');
    raw.exec('DELETE FROM tool_runs; INSERT INTO tool_runs SELECT * FROM runs; DROP TABLE runs');
    raw.exec('DELETE FROM directives; INSERT INTO directives SELECT * FROM intents; DROP TABLE intents');
    for (const trigger of triggers) raw.exec(trigger.sql);
    return found.broken;
  };
  t.match(await spoiled(`UPDATE timeline SET what = 'FAILED' WHERE seq = 4`), { seq: 4, problem: /content/ });
  t.match(await spoiled(`DELETE FROM timeline WHERE seq = 4`), { seq: 5, problem: /entry 4 is missing/ });
  t.match(await spoiled(`UPDATE tool_runs SET args = '{"n":9}' WHERE args = '{"n":2}'`), {
    kind: 'run',
    problem: /record/,
  });
  const last = await work.timeline.list(operator, { kind: 'run', limit: 1 });
  const cut = `DELETE FROM timeline WHERE seq >= ${last[0]?.seq ?? 0}`;
  t.match(await spoiled(cut), { seq: null, problem: /missing at its end/ }, 'the end was cut off');
  t.match(await spoiled(cut, head), { ref: head, problem: /cut off or rewritten/ });
  const end = 'DELETE FROM timeline WHERE seq = (SELECT max(seq) FROM timeline)';
  t.match(await spoiled(end), { ref: head, problem: /entry \d+ is missing at its end/ }, 'the last one');
  const gone = `DELETE FROM timeline WHERE ref = '${begun.id}'; DELETE FROM directives WHERE id = '${begun.id}'`;
  t.match(await spoiled(gone), { ref: head, problem: /missing at its end/ }, 'together with its records');
  const unsaid = `UPDATE directives SET state = 'failed' WHERE id = '${begun.id}'`;
  t.match(await spoiled(unsaid), { kind: 'directive', ref: begun.id, problem: /no entry/ }, 'what it became');
  t.equal(await spoiled(`DELETE FROM tool_runs WHERE args = '{"n":2}'`), null, 'what was purged is no break');
  t.equal((await work.timeline.verify(head, 50)).broken, null, 'all is as it was');
  const rows = raw.prepare<[], Record<string, unknown>>(
    `SELECT seq, at, kind, ref, what, subject, group_id AS "group", user_id AS user, actor, digest, prev, hash FROM timeline`,
  );
  for (const { hash, ...entry } of rows.all()) {
    const sum = createHash('sha256').update(canonicalJson(entry)).digest('hex');
    t.equal(hash, sum, 'SHA-256 of its JSON with keys in order: anyone can compute it');
  }
  for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`);
  raw.exec(gone);
  for (const { sql } of triggers) raw.exec(sql);
  for (const subject of ['o2', 'o3', 'o4']) await work.signals.add(operator, { name: 'order.paid', subject });
  while ((await work.timeline.follow(1)) > 0);
  const grown = (await work.timeline.verify(undefined, 50)).broken;
  t.match(
    grown,
    { problem: /not the one that the kernel's database keeps/ },
    'also when it grew again since',
  );
  const before = await work.timeline.verify(undefined, 50);
  t.match(before.acceptable, { hash: head }, 'which is all that is wrong');
  const given = { lost: head, head: before.head };
  await t.rejects(work.timeline.accept(operator, { ...given, lost: before.head }, 50), {
    code: 'TIMELINE_NOT_ACCEPTED',
  });
  await t.rejects(work.timeline.accept(operator, { ...given, head }, 50), { code: 'TIMELINE_NOT_ACCEPTED' });
  for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`);
  raw.exec(`UPDATE tool_runs SET args = '{"n":9}' WHERE args = '{"n":2}'`);
  t.match(await work.timeline.verify(undefined, 50), { acceptable: null, broken: { kind: 'run' } });
  const refusal = { code: 'TIMELINE_NOT_ACCEPTED', message: /record/ };
  await t.rejects(
    work.timeline.accept(operator, given, 50),
    refusal,
    'not while something else does not hold',
  );
  raw.exec(`UPDATE tool_runs SET args = '{"n":2}' WHERE args = '{"n":9}'`);
  for (const { sql } of triggers) raw.exec(sql);
  t.match(await work.timeline.accept(operator, given, 50), { head: before.head, broken: null });
  await t.rejects(work.timeline.accept(operator, given, 50), { message: /it holds/ });
  while ((await work.timeline.follow(3)) > 0);
  const [entry] = await work.timeline.list(operator, { kind: 'setting', limit: 1 });
  t.match(entry, { subject: 'timeline.head', what: 'version 1', actor: 'test' }, 'that is in it as well');
  const [change] = await stage.store.settings.audit(operator, { limit: 1 });
  t.match([change?.oldValue, change?.newValue], [new RegExp(head), new RegExp(before.head)]);
  t.match(await work.timeline.verify(undefined, 50), { broken: null, acceptable: null });
  t.match(await spoiled(end), { ref: entry?.hash, problem: /missing at its end/ }, 'from then on as before');
  const kernelDb = openRaw(t, join(stage.dataDir, 'kernel.db'));
  t.throws(() => kernelDb.exec('UPDATE timeline_heads SET seq = 1'), /only moves on/);
  t.throws(() => kernelDb.exec('DELETE FROM timeline_heads'), /is kept/);
});

await t.test('that nothing is left may be accepted too, and the end is kept from then on', async (t) => {
  const { raw, work } = await filled(t);
  const lost = (await work.timeline.verify(undefined, 50)).head;
  const triggers = raw
    .prepare<[], { name: string; sql: string }>(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`)
    .all();
  for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`);
  for (const table of ['timeline', 'timeline_cursors', 'tool_runs', 'directives', 'signals'])
    raw.exec(`DELETE FROM ${table}`);
  for (const { sql } of triggers) raw.exec(sql);
  await work.timeline.accept(operator, { lost, head: '' }, 50);
  while ((await work.timeline.follow(3)) > 0);
  t.match(await work.timeline.verify(undefined, 50), { entries: 2, broken: null }, 'two changes of settings');
  for (const { name } of triggers) raw.exec(`DROP TRIGGER ${name}`);
  raw.exec('DELETE FROM timeline WHERE seq = 2');
  t.match((await work.timeline.verify(undefined, 50)).broken, { problem: /entry 2 is missing/ });
});
