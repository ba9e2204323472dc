import t from 'tap';
import { NexusError, type ErrorCode } from '../../runtime/base/errors.ts';
import { RpcError } from '../../runtime/base/rpc-error.ts';
import { outcomeOfError, outcomeOfResult } from '../../runtime/tools/outcome.ts';

await t.test('an answer is a success unless it says that it is an error', (t) => {
  for (const isError of [undefined, false, 'true', 1]) {
    const result = { content: [], isError };
    t.same(outcomeOfResult(result), { state: 'SUCCEEDED', error: null, result });
  }
  const result = {
    isError: true,
    content: [{ type: 'image' }, null, { type: 'text', text: 'no such file' }],
  };
  t.same(outcomeOfResult(result), { state: 'FAILED', error: 'no such file', result });
  t.end();
});

await t.test('an error without words gets some, one with too many is cut', (t) => {
  for (const content of [undefined, 'text', [], [{ type: 'text', text: 7 }]]) {
    t.match(outcomeOfResult({ isError: true, content }), {
      state: 'FAILED',
      error: 'the tool reported an error',
    });
  }
  const long = outcomeOfResult({ isError: true, content: [{ type: 'text', text: 'x'.repeat(9_999) }] });
  t.equal(long.error?.length, 2_000);
  t.end();
});

const lost: readonly ErrorCode[] = [
  'PLUGIN_CRASHED',
  'PLUGIN_UNAVAILABLE',
  'RUN_TIMED_OUT',
  'OUTPUT_TOO_LARGE',
  'REMOTE_LOST',
];

await t.test(
  'an answer that is missing: UNKNOWN where the effect may have happened and must not be repeated',
  (t) => {
    for (const code of lost) {
      const error = new NexusError(code);
      for (const effect of ['reversible', 'irreversible'] as const) {
        t.match(
          outcomeOfError(error, effect, true, false),
          { state: 'UNKNOWN', result: null },
          `${code} ${effect}`,
        );
        t.equal(outcomeOfError(error, effect, false, false).state, 'FAILED', `${code} ${effect}, never left`);
      }
      for (const effect of ['read', 'idempotent'] as const) {
        t.equal(outcomeOfError(error, effect, true, false).state, 'FAILED', `${code} ${effect}`);
      }
    }
    t.end();
  },
);

await t.test('an error that was answered, or came before the plugin heard of it, is a failure', (t) => {
  const errors = [
    new RpcError(-32_603, 'broken'),
    new NexusError('ARGUMENTS_INVALID'),
    new NexusError('PLUGIN_BUSY'),
    new NexusError('PLUGIN_START_FAILED'),
    new NexusError('REMOTE_REFUSED'),
    new Error('a bug'),
    'a text',
  ];
  for (const error of errors) t.equal(outcomeOfError(error, 'irreversible', true, false).state, 'FAILED');
  t.match(outcomeOfError('a text', 'read', true, false), { error: 'a text' });
  t.equal(outcomeOfError(new Error('x'.repeat(9_999)), 'read', true, false).error?.length, 2_000);
  t.end();
});

await t.test('denied is denied, canceled is canceled', (t) => {
  const denied = new NexusError('RUN_DENIED', { tool: 'a', reason: 'no', todo: '' });
  t.match(outcomeOfError(denied, 'irreversible', false, false), { state: 'DENIED', error: /^RUN_DENIED/ });
  for (const effect of ['read', 'idempotent', 'reversible', 'irreversible'] as const) {
    const error = new Error('the client left');
    const canceled = { state: 'CANCELED', error: 'the client left' };
    t.match(outcomeOfError(error, effect, false, true), canceled, `${effect}, never left`);
    const isRepeatable = effect === 'read' || effect === 'idempotent';
    const atWork = { state: 'UNKNOWN', error: /^the client left The plugin was at work .* not known\.$/ };
    t.match(outcomeOfError(error, effect, true, true), isRepeatable ? canceled : atWork, effect);
  }
  t.match(outcomeOfError(new NexusError('RUN_CANCELED'), 'irreversible', true, false), { state: 'UNKNOWN' });
  t.match(outcomeOfError(new NexusError('RUN_CANCELED'), 'read', true, false), { state: 'CANCELED' });
  t.match(outcomeOfError(new NexusError('PLUGIN_CRASHED'), 'read', true, true), { state: 'CANCELED' });
  t.match(outcomeOfError(new RpcError(1, 'no'), 'irreversible', true, true), {
    state: 'FAILED',
    error: 'no',
  });
  t.end();
});
