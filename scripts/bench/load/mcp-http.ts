import { z } from 'zod';
import { messageOf, type HttpAnswer } from './http-answer.ts';
import { HttpPool } from './http-pool.ts';
import { envelope, initializeParams, modernVersion, requireText, type ToolCaller } from './tool-caller.ts';

export interface HttpTarget {
  readonly url: string;
  readonly tool: string;
  /** `legacy` is a session of 2025-11-25, `modern` the envelope of 2026-07-28 on each request. */
  readonly era: 'legacy' | 'modern';
  readonly token?: string;
}

const initializedSchema = z.object({ result: z.object({ protocolVersion: z.string() }) });

/** A client of MCP's Streamable HTTP; every call is a POST on a kept connection. */
export class HttpCaller implements ToolCaller {
  readonly #target: HttpTarget;
  readonly #pool: HttpPool;
  readonly #path: string;
  #head: string;
  #nextId = 1;

  constructor(target: HttpTarget) {
    this.#target = target;
    const url = new URL(target.url);
    this.#pool = new HttpPool(url);
    this.#path = url.pathname;
    this.#head = headOf({
      host: url.host,
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(target.token === undefined ? {} : { authorization: `Bearer ${target.token}` }),
    });
  }

  async open(): Promise<void> {
    if (this.#target.era === 'modern') {
      const method = { 'mcp-method': 'tools/call', 'mcp-name': this.#target.tool };
      this.#head += headOf({ 'mcp-protocol-version': modernVersion, ...method });
      return;
    }
    const id = this.#nextId++;
    const answer = await this.#post({ jsonrpc: '2.0', id, method: 'initialize', params: initializeParams });
    const session = /\r\nmcp-session-id: *([^\r]+)/.exec(answer.head)?.[1];
    const { result } = initializedSchema.parse(messageOf(answer));
    this.#head += headOf({
      'mcp-protocol-version': result.protocolVersion,
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
    });
    await this.#post({ jsonrpc: '2.0', method: 'notifications/initialized' });
  }

  async call(text: string): Promise<void> {
    const { tool, era } = this.#target;
    const params = { name: tool, arguments: { text }, ...(era === 'modern' ? { _meta: envelope } : {}) };
    const message = { jsonrpc: '2.0', id: this.#nextId++, method: 'tools/call', params };
    const { body } = await this.#post(message);
    requireText(body, text);
  }

  close(): void {
    this.#pool.close();
  }

  async #post(message: object): Promise<HttpAnswer> {
    const body = JSON.stringify(message);
    // Everything sent is ASCII, so its length in bytes is that of the text.
    const answer = await this.#pool.send(
      `POST ${this.#path} HTTP/1.1\r\n${this.#head}content-length: ${body.length}\r\n\r\n${body}`,
    );
    if (answer.status >= 300)
      throw new Error(`${this.#target.url} answered ${answer.status}: ${answer.body.slice(0, 300)}`);
    return answer;
  }
}

function headOf(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}
