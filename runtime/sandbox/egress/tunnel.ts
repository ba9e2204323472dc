import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { NexusError } from '../../base/errors.ts';
import { ClientHelloCheck } from './client-hello.ts';
import type { Destination, Gate } from './gate.ts';
import { splitAuthority } from './hosts.ts';

/** TLS alert record: fatal, unrecognized_name (RFC 8446 section 6.2), so that a client can say what went wrong. */
const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x70]);

/** Serves one CONNECT: checks, dials, answers 200 and then carries bytes until both sides have ended. */
export async function serveTunnel(
  gate: Gate,
  request: IncomingMessage,
  client: Socket,
  head: Buffer,
): Promise<void> {
  // At once: when the client has ended, an empty stream emits its end, and nothing can be put back after that.
  if (head.length > 0) client.unshift(head);
  try {
    client.once('close', gate.enter());
    const target = splitAuthority(request.url ?? '');
    if (target === undefined) {
      throw new NexusError('EGRESS_INVALID', { plugin: gate.plugin, problem: 'CONNECT takes host:port' });
    }
    const destination = await gate.admit(target.host, target.port);
    if (!client.destroyed) connectThrough(gate, destination, client);
  } catch (error) {
    if (!(error instanceof NexusError)) throw error;
    refuse(client, error);
  }
}

function connectThrough(gate: Gate, destination: Destination, client: Socket): void {
  const upstream = gate.dial(destination);
  let isOpen = false;
  // What the client sent before a proper end is still to be delivered.
  client.once('close', () => {
    if (client.readableEnded) upstream.destroySoon();
    else upstream.destroy();
  });
  upstream.once('connect', () => {
    isOpen = true;
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.pipe(client);
    upstream.once('close', () => client.destroySoon());
    endHalfOpenSoon(gate, client, upstream);
    relayAfterCheck(gate, destination, client, upstream);
  });
  upstream.on('error', (error) => {
    if (isOpen) client.destroy();
    else refuse(client, gate.unreachable(destination, error));
  });
}

/**
 * One side has ended: either it still listens, or it is gone, which a unix socket shows only on the next write. So
 * silence means less patience from here on, or aborted long polls would fill the plugin's connections.
 */
function endHalfOpenSoon(gate: Gate, ...sides: readonly Socket[]): void {
  const hurry = (): void => {
    for (const socket of sides) socket.setTimeout(gate.limits.halfOpenTimeoutMs);
  };
  for (const side of sides) {
    if (side.readableEnded) hurry();
    else side.once('end', hurry);
  }
}

/** Lets the client's first bytes through only when they are no TLS handshake for another name. */
function relayAfterCheck(gate: Gate, destination: Destination, client: Socket, upstream: Socket): void {
  const check = new ClientHelloCheck(destination.host);
  const onData = (chunk: Buffer): void => {
    const verdict = check.push(chunk);
    if (verdict === 'more') return;
    client.off('data', onData).off('end', onEnd).pause();
    if (verdict === 'pass') {
      client.unshift(check.bytes);
      client.pipe(upstream);
      return;
    }
    gate.report(destination.host, destination.port, false, verdict.refused);
    upstream.destroy();
    client.end(UNRECOGNIZED_NAME, () => client.destroy());
  };
  // Ended before anything, or in the middle of a handshake: there is nothing to carry but the end itself.
  const onEnd = (): void => void upstream.end();
  if (client.readableEnded) onEnd();
  else client.on('data', onData).on('end', onEnd);
}

function refuse(client: Socket, error: NexusError): void {
  const body = `${error.message}\n`;
  client.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
      'Content-Type: text/plain; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
    () => client.destroy(),
  );
}
