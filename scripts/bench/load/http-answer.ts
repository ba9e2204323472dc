/** One answer of an HTTP/1.1 server, with its body as it was framed. */
export interface HttpAnswer {
  readonly status: number;
  /** Status line and headers, in lower case. */
  readonly head: string;
  readonly body: string;
}

export interface TakenAnswer {
  readonly answer: HttpAnswer;
  /** What came after it. */
  readonly rest: string;
}

/**
 * Takes the first answer off the bytes received so far (as latin1 text); null while it is incomplete. `isOver` says
 * that nothing more will come, which is how a body without a length ends (RFC 9112, 6.3).
 */
export function takeAnswer(received: string, isOver: boolean): TakenAnswer | null {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd === -1) return null;
  const head = received.slice(0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const start = headEnd + 4;
  if (status < 200) return takeAnswer(received.slice(start), isOver);
  const end = bodyEnd(received, start, head, status, isOver);
  if (end === -1) return null;
  return { answer: { status, head, body: received.slice(start, end) }, rest: received.slice(end) };
}

function bodyEnd(received: string, start: number, head: string, status: number, isOver: boolean): number {
  if (status === 204 || status === 304) return start;
  if (head.includes('transfer-encoding: chunked')) {
    // A line with nothing but "0" is no part of JSON or of an event stream, so it is the last chunk.
    if (received.startsWith('0\r\n\r\n', start)) return start + 5;
    const last = received.indexOf('\r\n0\r\n\r\n', start);
    return last === -1 ? -1 : last + 7;
  }
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length === undefined) return isOver ? received.length : -1;
  const end = start + Number(length);
  return received.length < end ? -1 : end;
}

/** The JSON-RPC message an answer carries, in a JSON body or as the last event of a stream. */
export function messageOf({ head, body }: HttpAnswer): unknown {
  const content = Buffer.from(head.includes('chunked') ? unchunk(body) : body, 'latin1').toString('utf8');
  if (!head.includes('text/event-stream')) return JSON.parse(content);
  const events = content.split('\n').filter((line) => line.startsWith('data: {'));
  return JSON.parse(events.at(-1)?.slice(6) ?? 'null');
}

function unchunk(body: string): string {
  let content = '';
  for (let at = 0; at < body.length;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = Number.parseInt(body.slice(at, lineEnd), 16);
    if (lineEnd === -1 || !(size > 0)) break;
    content += body.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
  return content;
}
