import type { OpenAI } from 'openai';
import { messageOf } from '../../base/errors.ts';
import type { ModelEvent, ModelInfo, ModelRequest } from '../../contract/models.ts';
import { isJsonObject, type JsonObject } from '../../contract/plugins.ts';
import { rootMessageOf } from '../failure.ts';
import type { Provider, ProviderFailure, Wire } from '../provider.ts';
import { SharedClient } from '../shared-client.ts';
import { WireNames } from '../wire-names.ts';
import { CompletionAnswer } from './answer.ts';
import { completionRequest } from './request.ts';
import type { CompatibleService } from './services.ts';

export interface CompatibleAccount {
  readonly service: CompatibleService;
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  /** Ids for tool calls of services that give none. */
  readonly newId: () => string;
}

/** More models than this are not listed. */
const maxModels = 2000;

/** OpenAI and all that speak its chat completions form. */
export class CompatibleProvider implements Provider {
  readonly name: string;
  readonly #account: CompatibleAccount;
  readonly #client: SharedClient<OpenAI>;

  constructor(account: CompatibleAccount) {
    this.name = account.service.name;
    this.#account = account;
    this.#client = new SharedClient((fetch) => clientOf(account, fetch));
  }

  async *stream(request: ModelRequest, wire: Wire): AsyncGenerator<ModelEvent> {
    const { service, newId } = this.#account;
    const names = new WireNames(request.tools);
    const answer = new CompletionAnswer(service.name, names, newId);
    const params = completionRequest(request, names, service);
    const { signal } = wire;
    const chunks = await this.#client.ask(wire, (client) =>
      client.chat.completions.create(params, { signal }),
    );
    for await (const chunk of chunks) yield* answer.read(chunk);
    yield* answer.finish();
  }

  async list(wire: Wire): Promise<readonly ModelInfo[]> {
    const models: ModelInfo[] = [];
    return await this.#client.ask(wire, async (client) => {
      for await (const model of client.models.list({ signal: wire.signal })) {
        models.push({ model: `${this.name}/${model.id}`, ...describedBy(model, model.id) });
        if (models.length === maxModels) break;
      }
      return models;
    });
  }

  failure(error: unknown): ProviderFailure {
    if (!isJsonObject(error)) return { kinds: [], message: messageOf(error) };
    const { status, code, type, error: body } = error;
    const said = isJsonObject(body) && typeof body['message'] === 'string' ? body['message'] : undefined;
    return {
      // OpenRouter says what went wrong in mid-stream as a number in the chunk.
      status: [status, code].find((value) => typeof value === 'number'),
      kinds: [code, type].filter((value) => typeof value === 'string'),
      message: said ?? rootMessageOf(error),
    };
  }
}

async function clientOf(
  { apiKey, baseUrl }: CompatibleAccount,
  fetch: typeof globalThis.fetch,
): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai');
  return new Client({
    // The SDK wants one even where the server does not.
    apiKey: apiKey ?? 'none',
    baseURL: baseUrl,
    // Else taken from the environment of the kernel.
    organization: null,
    project: null,
    adminAPIKey: null,
    fetch,
    maxRetries: 0,
    logLevel: 'off',
  });
}

/** Title and context, as OpenRouter, vLLM and others say them beside the id. */
function describedBy(model: object, id: string): { title: string; contextTokens: number | null } {
  const { name, context_length, max_model_len }: JsonObject = { ...model };
  return {
    title: typeof name === 'string' ? name : id,
    contextTokens: [context_length, max_model_len].find((value) => typeof value === 'number') ?? null,
  };
}
