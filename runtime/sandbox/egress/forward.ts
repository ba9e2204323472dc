import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import { NexusError } from '../../base/errors.ts';
import type { Destination, Gate } from './gate.ts';
import { authority, splitAuthority } from './hosts.ts';

/** Headers that belong to one connection (RFC 9110 section 7.6.1) or were meant for the proxy alone. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const HTTP_PORT = 80;

/** Serves one request for an absolute `http://` URL. Everything else is tunnelled with CONNECT. */
export async function serveRequest(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    response.once('close', gate.enter());
    const { host, port, path } = parseTarget(gate.plugin, request.url ?? '');
    const destination = await gate.admit(host, port);
    if (!response.destroyed) forward(gate, destination, path, request, response);
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
    refuse(response, error);
  }
}

/** The path stays as it was sent: a parsed and reassembled URL would be another one. */
function parseTarget(plugin: string, url: string): { host: string; port: number; path: string } {
  const [, spelled, path] = /^http:\/\/([^/?#]*)([^#]*)/i.exec(url) ?? [];
  const problem = 'it takes "http://" URLs in absolute form, and CONNECT for everything else';
  if (spelled === undefined || path === undefined)
    throw new NexusError('EGRESS_INVALID', { plugin, problem });
  const target = splitAuthority(spelled) ?? { host: spelled.replace(/:$/, ''), port: HTTP_PORT };
  return { ...target, path: path.startsWith('/') ? path : `/${path}` };
}

function forward(
  gate: Gate,
  destination: Destination,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { host, port } = destination;
  const upstream = httpRequest({
    method: request.method,
    path,
    headers: [
      // The Host header is what chooses the site on a shared server: it is the one that was checked.
      'Host',
      port === HTTP_PORT ? authority(host, port).replace(/:80$/, '') : authority(host, port),
      ...endToEnd(request.rawHeaders, ['host', 'expect']),
      ...(request.headers['transfer-encoding'] === undefined ? [] : ['Transfer-Encoding', 'chunked']),
      'Connection',
      'close',
    ],
    createConnection: () => gate.dial(destination),
  });
  upstream.on('response', (answer) => {
    try {
      relayAnswer(answer, response);
    } catch (error) {
      // Node reads answers that it would not write: "HTTP/1.1 000". No server may end the kernel with one.
      upstream.destroy();
      refuse(response, gate.unreachable(destination, error));
    }
  });
  upstream.on('error', (error) => {
    refuse(response, gate.unreachable(destination, error));
  });
  // After "101 Switching Protocols", which nobody asked for, there is neither an answer nor an error.
  upstream.on('close', () => {
    if (!response.headersSent)
      refuse(response, gate.unreachable(destination, new Error('it gave no answer')));
  });
  response.once('close', () => upstream.destroy());
  request.pipe(upstream);
}

/** Passes an answer on, without the words after its status: nothing reads them, and they may hold anything. */
function relayAnswer(answer: IncomingMessage, response: ServerResponse): void {
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 0, endToEnd(answer.rawHeaders, []));
  answer.pipe(response);
  // An answer that breaks off must not look complete to the plugin.
  answer.once('close', () => {
    if (!answer.complete) response.destroy();
  });
}

/** The headers that travel on, in the order and spelling they came in. */
function endToEnd(rawHeaders: readonly string[], dropped: readonly string[]): string[] {
  const pairs = rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [{ name, key: name.toLowerCase(), value: rawHeaders[index + 1] ?? '' }] : [],
  );
  const named = pairs
    .filter(({ key }) => key === 'connection')
    .flatMap(({ value }) => value.split(',').map((token) => token.trim().toLowerCase()));
  const gone = new Set([...HOP_BY_HOP, ...dropped, ...named]);
  return pairs.filter(({ key }) => !gone.has(key)).flatMap(({ name, value }) => [name, value]);
}

function refuse(response: ServerResponse, error: NexusError): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = `${error.message}\n`;
  response
    .writeHead(error.status, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
    })
    .end(body);
}
