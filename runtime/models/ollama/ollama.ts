import type { ChatResponse, Ollama } from 'ollama';
import { messageOf } from '../../base/errors.ts';
import type {
  ContentBlock,
  ModelEvent,
  ModelInfo,
  ModelRequest,
  PullProgress,
  ToolCallBlock,
} from '../../contract/models.ts';
import { isJsonObject } from '../../contract/plugins.ts';
import { rootMessageOf } from '../failure.ts';
import type { Provider, ProviderFailure, Wire } from '../provider.ts';
import { toolCallOf } from '../tool-arguments.ts';
import { chatRequest } from './request.ts';

export interface OllamaServer {
  readonly url: string;
  /** Context to load models with; undefined leaves it to the server. */
  readonly contextTokens: number | undefined;
  /** Ids for tool calls: Ollama gives none. */
  readonly newId: () => string;
}

/** An error answer's text is cut here. */
const maxErrorChars = 10_000;

class HttpFailure extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Models of an Ollama server. */
export class OllamaProvider implements Provider {
  readonly name = 'ollama';
  readonly #server: OllamaServer;

  constructor(server: OllamaServer) {
    this.#server = server;
  }

  async *stream(request: ModelRequest, wire: Wire): AsyncGenerator<ModelEvent> {
    const client = await this.#client(wire);
    let text = '';
    let thinking = '';
    const calls: ToolCallBlock[] = [];
    for await (const part of await client.chat(chatRequest(request, this.#server.contextTokens))) {
      const { content, thinking: thought = '', tool_calls: called = [] } = part.message;
      thinking += thought;
      text += content;
      if (thought !== '') yield { type: 'thinking', delta: thought };
      if (content !== '') yield { type: 'text', delta: content };
      for (const {
        function: { name, arguments: given },
      } of called) {
        const call = this.#call(name, given);
        calls.push(call);
        yield { type: 'tool_call', call };
      }
      if (part.done) yield endOf(part, thinking, text, calls);
    }
  }

  async list(wire: Wire): Promise<readonly ModelInfo[]> {
    const client = await this.#client(wire);
    const { models } = await client.list();
    return models.map(({ name }) => ({ model: `${this.name}/${name}`, title: name, contextTokens: null }));
  }

  /** Downloads a model to the server. */
  async *pull(name: string, wire: Wire): AsyncGenerator<PullProgress> {
    const client = await this.#client(wire);
    for await (const { status, completed, total } of await client.pull({ model: name, stream: true }))
      yield { status, completedBytes: completed ?? null, totalBytes: total ?? null };
  }

  failure(error: unknown): ProviderFailure {
    if (error instanceof HttpFailure) return { status: error.status, kinds: [], message: error.message };
    // What the server says went wrong in mid-stream comes as a plain error; a lost connection as a TypeError.
    const isLost = error instanceof TypeError || messageOf(error).startsWith('Did not receive done');
    return { kinds: isLost ? [] : ['api_error'], message: rootMessageOf(error) };
  }

  /** Servers of the same form give the arguments as text, as OpenAI does. */
  #call(name: string, given: unknown): ToolCallBlock {
    return toolCallOf(
      this.#server.newId(),
      name,
      typeof given === 'string' ? given : JSON.stringify(given ?? {}),
    );
  }

  async #client(wire: Wire): Promise<Ollama> {
    const { Ollama: Client } = await import('ollama');
    return new Client({ host: this.#server.url, fetch: answeredFetch(wire.fetch) });
  }
}

/** A fetch that fails with what an error answer says: the SDK writes to standard output where it is not JSON. */
function answeredFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (response.ok) return response;
    const text = (await response.text()).slice(0, maxErrorChars);
    throw new HttpFailure(response.status, saidIn(text) ?? `status ${response.status}`);
  };
}

function saidIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const said = isJsonObject(body) ? body['error'] : undefined;
    if (typeof said === 'string') return said;
    if (isJsonObject(said) && typeof said['message'] === 'string') return said['message'];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text === '' ? undefined : text;
}

function endOf(
  part: ChatResponse,
  thinking: string,
  text: string,
  calls: readonly ToolCallBlock[],
): ModelEvent {
  const content: ContentBlock[] = [];
  if (thinking !== '') content.push({ type: 'thinking', text: thinking, provider: 'ollama', opaque: null });
  if (text !== '') content.push({ type: 'text', text });
  const ended = calls.length > 0 ? 'tool_calls' : 'end';
  return {
    type: 'end',
    message: { role: 'assistant', content: [...content, ...calls] },
    stop: part.done_reason === 'length' ? 'length' : ended,
    usage: {
      inputTokens: part.prompt_eval_count ?? null,
      outputTokens: part.eval_count ?? null,
      cacheReadTokens: null,
      cacheWriteTokens: null,
    },
  };
}
