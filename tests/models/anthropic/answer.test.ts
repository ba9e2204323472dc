import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages';
import t from 'tap';
import { MessagesAnswer } from '../../../runtime/models/anthropic/answer.ts';
import { WireNames } from '../../../runtime/models/wire-names.ts';

const figures = {
  cache_creation: null,
  cache_creation_input_tokens: 30,
  cache_read_input_tokens: 200,
  inference_geo: null,
  input_tokens: 10,
  output_tokens: 1,
  output_tokens_details: null,
  server_tool_use: null,
  service_tier: null,
  speed: null,
};

/** The call of a tool whose arguments end before their end, as an answer that grew too long has it. */
const cutOff: RawMessageStreamEvent[] = [
  {
    type: 'content_block_start',
    index: 0,
    content_block: {
      type: 'tool_use',
      id: 'toolu_1',
      name: 'send_mail',
      input: {},
      caller: { type: 'direct' },
    },
  },
  { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"to": "a' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: 'lice' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { container: null, stop_details: null, stop_reason: 'max_tokens', stop_sequence: null },
    usage: { ...figures, output_tokens: 40 },
  },
  { type: 'message_stop' },
];

await t.test('arguments that were cut off are malformed, and the figures are the last ones', async (t) => {
  const tools = [{ name: 'send.mail', description: '', inputSchema: {} }];
  const answer = new MessagesAnswer(new WireNames(tools));
  const call = {
    type: 'tool_call',
    id: 'toolu_1',
    name: 'send.mail',
    arguments: {},
    malformed: '{"to": "alice',
  };
  t.strictSame(
    cutOff.flatMap((event) => answer.read(event) ?? []),
    [
      { type: 'tool_call', call },
      {
        type: 'end',
        message: { role: 'assistant', content: [call] },
        stop: 'length',
        usage: { inputTokens: 10, outputTokens: 40, cacheReadTokens: 200, cacheWriteTokens: 30 },
      },
    ],
  );
});
