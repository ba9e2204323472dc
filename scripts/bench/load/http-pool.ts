import { connect, type Socket } from 'node:net';
import { takeAnswer, type HttpAnswer } from './http-answer.ts';

/** An exchange that was closed on before the first byte of its answer is sent once more on a fresh connection. */
const attempts = 2;

interface Exchange {
  resolve(answer: HttpAnswer): void;
  reject(error: Error): void;
}

/** Keep-alive connections to one HTTP/1.1 server, one request at a time on each: node:http would cost more than some servers do. */
export class HttpPool {
  readonly #url: URL;
  readonly #free: HttpConnection[] = [];
  readonly #all = new Set<HttpConnection>();
  #isClosed = false;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends a whole request, head and body, and settles with the answer. */
  async send(request: string): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const connection = this.#take(attempt > 1);
      try {
        const answer = await connection.send(request);
        if (connection.isOpen) this.#free.push(connection);
        return answer;
      } catch (error) {
        if (attempt === attempts || this.#isClosed || connection.hasAnswered) throw error;
      }
    }
  }

  /** Ends every connection; exchanges in flight reject. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#all) connection.close();
  }

  #take(isFresh: boolean): HttpConnection {
    if (this.#isClosed) throw new Error('the client was closed');
    while (!isFresh) {
      const free = this.#free.pop();
      if (free === undefined) break;
      if (free.isOpen) return free;
    }
    const connection = new HttpConnection(this.#url, () => this.#all.delete(connection));
    this.#all.add(connection);
    return connection;
  }
}

class HttpConnection {
  readonly #socket: Socket;
  #received = '';
  #exchange: Exchange | undefined;
  #isOpen = true;
  #error: Error | undefined;

  constructor(url: URL, onClosed: () => void) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#read(text));
    this.#socket.on('error', (error) => {
      this.#error = error;
    });
    this.#socket.on('end', () => {
      this.#isOpen = false;
    });
    this.#socket.on('close', () => {
      this.#end();
      onClosed();
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a part of the answer to the last request came. */
  get hasAnswered(): boolean {
    return this.#received !== '';
  }

  send(request: string): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.#exchange = { resolve, reject };
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#received += text;
    this.#settle(false);
  }

  #settle(isOver: boolean): void {
    const exchange = this.#exchange;
    const taken = exchange === undefined ? null : takeAnswer(this.#received, isOver);
    if (exchange === undefined || taken === null) return;
    this.#received = taken.rest;
    this.#exchange = undefined;
    if (taken.answer.head.includes('\r\nconnection: close')) {
      this.#isOpen = false;
      this.#socket.end();
    }
    exchange.resolve(taken.answer);
  }

  #end(): void {
    this.#isOpen = false;
    this.#settle(true);
    this.#exchange?.reject(this.#error ?? new Error('the server closed the connection'));
    this.#exchange = undefined;
  }
}
