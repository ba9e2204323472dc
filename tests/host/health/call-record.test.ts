import t from 'tap';
import { NexusError } from '../../../runtime/base/errors.ts';
import { RpcError } from '../../../runtime/base/rpc-error.ts';
import { CallRecord } from '../../../runtime/host/health/call-record.ts';

const params = { name: 'tool' };

function open() {
  let nowMs = 0;
  return new CallRecord({ now: () => ++nowMs });
}

function unavailable(state: string): NexusError {
  return new NexusError('PLUGIN_UNAVAILABLE', { plugin: 'p', state, reason: '', todo: '' });
}

await t.test('quantiles are those of the last thousand calls', (t) => {
  const record = open();
  t.same(record.figures(), {
    total: 0,
    errors: 0,
    callerErrors: 0,
    errorRate: null,
    p50Ms: null,
    p95Ms: null,
  });
  record.answered('tools/call', params, {}, 7);
  t.match(record.figures(), { p50Ms: 7, p95Ms: 7, errorRate: 0 });
  for (let ms = 1; ms <= 1_000; ms++) record.answered('tools/call', params, {}, 5_000 + ms);
  for (let ms = 1; ms <= 1_000; ms++) record.answered('tools/call', params, {}, ms);
  t.match(record.figures(), { total: 2_001, p50Ms: 500, p95Ms: 950 });
  t.end();
});

await t.test('a call that never came back has no time, but counts as failed', (t) => {
  const record = open();
  record.answered('tools/call', params, {}, 10);
  record.failed('tools/call', params, new Error('gone'), false);
  t.match(record.figures(), { total: 2, errors: 1, errorRate: 0.5, p50Ms: 10, p95Ms: 10 });
  record.failed('resources/read', { uri: 'a:b' }, new Error('gone'), false);
  t.same(
    record.errors().map(({ tool }) => tool),
    ['tool', 'resources/read'],
  );
  t.end();
});

await t.test('whose fault it is', (t) => {
  const cases: [error: Error, isCanceled: boolean, isCallers: boolean][] = [
    [new Error('left'), true, true],
    [new RpcError(-32_600, ''), false, true],
    [new RpcError(-32_601, ''), false, true],
    [new RpcError(-32_602, ''), false, true],
    [new RpcError(-32_002, ''), false, true],
    [new RpcError(-32_021, ''), false, true],
    [new RpcError(-32_603, ''), false, false],
    [new RpcError(-1, ''), false, false],
    [unavailable('stopped'), false, true],
    [unavailable('quarantined'), false, false],
    [unavailable('not well'), false, false],
    [new NexusError('RUN_TIMED_OUT', { tool: 't', plugin: 'p', timeoutMs: 1 }), false, false],
    [new NexusError('PLUGIN_CRASHED', { plugin: 'p', how: '', lastWords: '' }), false, false],
    [new NexusError('OUTPUT_TOO_LARGE', { plugin: 'p', limit: 1 }), false, false],
  ];
  for (const [error, isCanceled, isCallers] of cases) {
    const record = open();
    record.failed('tools/call', params, error, isCanceled);
    const expected = { total: 1, errors: isCallers ? 0 : 1, callerErrors: isCallers ? 1 : 0 };
    t.match(record.figures(), expected, `${error.name} ${error.message}`);
    t.equal(record.errors().length, isCallers ? 0 : 1);
  }
  t.end();
});

await t.test('twenty errors are kept, cut and redacted; a remark is no call', (t) => {
  const record = open();
  for (let time = 0; time < 50; time++) {
    const text = `error ${time} ${'x'.repeat(470)} password=hunter22hunter33hunter44 ${'x'.repeat(5_000)}`;
    record.answered('tools/call', params, { isError: true, content: [{ type: 'text', text }] }, 1);
  }
  record.answered('tools/call', params, { isError: true }, 1);
  record.remark('(process)', new Error('it ended'));
  const errors = record.errors();
  t.equal(errors.length, 20);
  t.same(
    errors.slice(-2).map(({ tool, error }) => `${tool}: ${error}`),
    ['tool: the tool reported an error', '(process): it ended'],
  );
  t.ok(errors.every(({ error }) => error.length <= 500 && !error.includes('hunter22')));
  t.match(record.figures(), { total: 51, errors: 51 });
  t.end();
});
