import t from 'tap';
import { contextOf } from '../../runtime/models/context-sizes.ts';

await t.test('what the settings say comes before what is known, and what nobody says is not known', (t) => {
  t.equal(contextOf('anthropic/claude-sonnet-4-5', [], undefined), 200_000);
  t.equal(contextOf('anthropic/claude-sonnet-4-5', ['anthropic/* 1000000'], undefined), 1_000_000);
  t.equal(contextOf('local/a-model', [], undefined), null);
  t.equal(contextOf('ollama/qwen3', [], 8_192), 8_192);
  t.equal(contextOf('ollama/qwen3', ['ollama/qwen3 4096'], 8_192), 4_096);
  for (const line of ['x', 'local/a', 'local/a many', 'local/a 12', 'local/a 4096 4096'])
    t.throws(() => contextOf('local/b', [line], undefined), { code: 'CONTEXT_INVALID' }, line);
  t.end();
});
