import t from 'tap';
import { severityOf } from '../../runtime/host/line-severity.ts';

const cases: Record<string, readonly string[]> = {
  error: [
    'Error: connect ECONNREFUSED',
    'TypeError: x is not a function',
    'Uncaught Error: no',
    'Traceback (most recent call last):',
    'ERROR something',
    '[ERROR] something',
    '2026-11-20T10:00:00Z ERROR broken',
    '2026-11-20 10:00:00,123 error: broken',
    'panic: runtime error',
    '{"level":50,"msg":"x"}',
    '{"level":"error","msg":"x"}',
    'server: FATAL no such table',
  ],
  warn: ['Warning: old', '(node:12) Warning: x', '[warn] slow', 'DeprecationWarning: x', '{"level":"WARN"}'],
  info: [
    'echo-plugin started',
    '0 errors found',
    'listening',
    '',
    '{"level":"info","msg":"Error: quoted"}',
    'no warnings',
  ],
};

await t.test('how bad a line on stderr sounds', (t) => {
  for (const [severity, lines] of Object.entries(cases))
    for (const line of lines) t.equal(severityOf(line), severity, line);
  t.end();
});

await t.test('long lines take linear time', (t) => {
  for (const part of ['a', ' ', '[', '1:', 'error', 'warn ']) severityOf(part.repeat(200_000));
  t.end();
});
