import type { Anthropic } from '@anthropic-ai/sdk';
import { messageOf } from '../../base/errors.ts';
import type { ModelEvent, ModelInfo, ModelRequest } from '../../contract/models.ts';
import { rootMessageOf } from '../failure.ts';
import type { Provider, ProviderFailure, Wire } from '../provider.ts';
import { SharedClient } from '../shared-client.ts';
import { WireNames } from '../wire-names.ts';
import { MessagesAnswer } from './answer.ts';
import { messagesRequest } from './request.ts';

export interface AnthropicAccount {
  readonly apiKey: string;
  readonly baseUrl: string;
}

/** More models than this are not listed. */
const maxModels = 1000;

/** Claude through the Messages API (https://platform.claude.com/docs/en/api/messages). */
export class AnthropicProvider implements Provider {
  readonly name = 'anthropic';
  readonly #client: SharedClient<Anthropic>;

  constructor({ apiKey, baseUrl }: AnthropicAccount) {
    this.#client = new SharedClient(async (fetch) => {
      const { Anthropic: Client } = await import('@anthropic-ai/sdk');
      const common = { baseURL: baseUrl, fetch, maxRetries: 0, logLevel: 'off' } as const;
      // The token would else be taken from the environment of the kernel, and with it whether prompts are traced.
      return new Client({ ...common, apiKey, authToken: null, openTelemetry: false });
    });
  }

  async *stream(request: ModelRequest, wire: Wire): AsyncGenerator<ModelEvent> {
    const names = new WireNames(request.tools);
    const answer = new MessagesAnswer(names);
    const { signal } = wire;
    const params = messagesRequest(request, names);
    const events = await this.#client.ask(wire, (client) => client.messages.create(params, { signal }));
    for await (const raw of events) {
      const event = answer.read(raw);
      if (event !== undefined) yield event;
    }
  }

  async list(wire: Wire): Promise<readonly ModelInfo[]> {
    const models: ModelInfo[] = [];
    return await this.#client.ask(wire, async (client) => {
      for await (const { id, display_name, max_input_tokens } of client.models.list(
        { limit: maxModels },
        { signal: wire.signal },
      )) {
        models.push({
          model: `${this.name}/${id}`,
          title: display_name,
          contextTokens: max_input_tokens ?? null,
        });
        if (models.length === maxModels) break;
      }
      return models;
    });
  }

  failure(error: unknown): ProviderFailure {
    if (!(error instanceof Error)) return { kinds: [], message: messageOf(error) };
    const status = 'status' in error && typeof error.status === 'number' ? error.status : undefined;
    const kinds = 'type' in error && typeof error.type === 'string' ? [error.type] : [];
    const said = 'apiMessage' in error && typeof error.apiMessage === 'string' ? error.apiMessage : undefined;
    return { status, kinds, message: said ?? rootMessageOf(error) };
  }
}
