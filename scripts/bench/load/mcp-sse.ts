import { get, type IncomingMessage } from 'node:http';
import { HttpPool } from './http-pool.ts';
import { PendingAnswers } from './pending-answers.ts';
import { initializeParams, requireText, type ToolCaller } from './tool-caller.ts';

/**
 * A client of HTTP+SSE (MCP 2024-11-05, Transports), the one way mcp-hub serves MCP: requests are posted, all answers
 * come on one event stream.
 */
export class SseCaller implements ToolCaller {
  readonly #url: URL;
  readonly #tool: string;
  readonly #pool: HttpPool;
  readonly #answers = new PendingAnswers();
  readonly #gone = new AbortController();
  #endpoint = '';

  constructor(url: string, tool: string) {
    this.#url = new URL(url);
    this.#tool = tool;
    this.#pool = new HttpPool(this.#url);
  }

  async open(): Promise<void> {
    const stream = await this.#listen();
    this.#endpoint = await this.#follow(stream);
    await this.#request('initialize', initializeParams);
    await this.#post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  async call(text: string): Promise<void> {
    requireText(await this.#request('tools/call', { name: this.#tool, arguments: { text } }), text);
  }

  close(): void {
    this.#answers.end(new Error('the client was closed'));
    this.#gone.abort();
    this.#pool.close();
  }

  #listen(): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { accept: 'text/event-stream' };
    get(this.#url, { headers, agent: false, signal: this.#gone.signal }, resolve).on('error', (error) => {
      reject(error);
      this.#answers.end(error);
    });
    return promise;
  }

  /** Settles with the path that the first event names for posting. */
  #follow(stream: IncomingMessage): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    let head: string | undefined = '';
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#answers.read(text, 'data: ');
      if (head === undefined) return;
      head += text;
      const path = /^data: (\/\S+)\r?\n/m.exec(head)?.[1];
      if (path === undefined) return;
      head = undefined;
      resolve(path);
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      const error = new Error(`${this.#url.href} ended its event stream (status ${stream.statusCode})`);
      reject(error);
      this.#answers.end(error);
    });
    return promise;
  }

  async #request(method: string, params: object): Promise<string> {
    const { id, answer } = this.#answers.expect();
    const [message] = await Promise.all([
      answer,
      this.#post(JSON.stringify({ jsonrpc: '2.0', id, method, params })),
    ]);
    return message;
  }

  async #post(body: string): Promise<void> {
    const head = `host: ${this.#url.host}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    const { status } = await this.#pool.send(`POST ${this.#endpoint} HTTP/1.1\r\n${head}\r\n\r\n${body}`);
    if (status >= 300) throw new Error(`${this.#url.href} answered ${status} to a message`);
  }
}
