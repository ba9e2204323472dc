import type { Readable, Writable } from 'node:stream';
import { PendingAnswers } from './pending-answers.ts';
import { initializeParams, requireText, type ToolCaller } from './tool-caller.ts';

/** A client of MCP over the standard streams of a process, which is its owner's to end. */
export class StdioCaller implements ToolCaller {
  readonly #stdin: Writable;
  readonly #stdout: Readable;
  readonly #tool: string;
  readonly #answers = new PendingAnswers();

  constructor(child: { readonly stdin: Writable; readonly stdout: Readable }, tool: string) {
    this.#stdin = child.stdin;
    this.#stdout = child.stdout;
    this.#tool = tool;
    this.#stdin.on('error', (error) => this.#answers.end(error));
    this.#stdout.setEncoding('utf8');
    this.#stdout.on('data', (text: string) => this.#answers.read(text));
    this.#stdout.on('close', () => this.#answers.end(new Error('the server ended its output')));
  }

  async open(): Promise<void> {
    await this.#request('initialize', initializeParams);
    this.#stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  /** The answer to `tools/list`, as it came. */
  async list(): Promise<string> {
    return await this.#request('tools/list', {});
  }

  async call(text: string): Promise<void> {
    requireText(await this.#request('tools/call', { name: this.#tool, arguments: { text } }), text);
  }

  close(): void {
    this.#answers.end(new Error('the client was closed'));
  }

  #request(method: string, params: object): Promise<string> {
    const { id, answer } = this.#answers.expect();
    this.#stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    return answer;
  }
}
