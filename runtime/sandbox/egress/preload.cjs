// Loaded with `node --require` inside the sandbox: TCP connections go through the egress socket instead.
//
// It is no boundary. The network namespace is: without this file connections fail, with it the proxy decides.
// It only replaces `connect` of net.Socket, which is what fetch, undici, http, https, http2, tls and every database
// driver end in, and the two `dns.lookup`. Nothing else is loaded, listened on or started before the first connection.
'use strict';

const net = require('node:net');
const dns = require('node:dns');

/** Where the proxy is: the path of its socket, or the port of the loopback forwarder where a plugin may open no path. */
const place = process.env.NEXUS_EGRESS_SOCKET || '/run/egress.sock';
const proxy = /^\d+$/.test(place) ? { host: '127.0.0.1', port: Number(place) } : { path: place };
/** Loopback destinations that mean the host's loopback; all others stay inside the sandbox. */
const grantedLoopback = new Set((process.env.NEXUS_EGRESS_LOOPBACK || '').split(','));
/** Where HTTP_PROXY points to: whoever speaks to a proxy already gets the real one. */
const PROXY_PORT = 3128;
const MAX_ANSWER_BYTES = 16_384;
const ERROR_CODES = { 403: 'EACCES', 502: 'ECONNREFUSED', 503: 'EAGAIN' };

/** Parts of Node streams that have no other door. */
const HANDLE = '_handle';
const UNDESTROY = '_undestroy';

const directConnect = net.Socket.prototype.connect;
/**
 * Node's own way to give a socket, TLS or not, another handle that is already connected; Happy Eyeballs uses it since
 * Node 18.13. The socket keeps its listeners, time-outs and pending writes.
 */
const kReinitializeHandle = Object.getOwnPropertySymbols(net.Socket.prototype).find(
  (symbol) => symbol.description === 'kReinitializeHandle',
);

/** The options and the callback of the three call forms of `connect`, of which `net` passes on a fourth. */
function readArguments(args) {
  const [first, second, third] = args;
  if (Array.isArray(first)) return first;
  if (typeof first === 'object' && first !== null) return [first, second];
  const callback = args.findLast((arg) => typeof arg === 'function');
  if (typeof first === 'string' && !/^\d+$/.test(first)) return [{ path: first }, callback];
  return [{ port: first, host: typeof second === 'string' ? second : undefined }, third ?? callback];
}

function isInside(host, port) {
  if (!/^(?:localhost|.+\.localhost|127\.[\d.]+|::1|\[::1\])\.?$/i.test(host)) return false;
  const spelled = host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host.toLowerCase();
  return !grantedLoopback.has(`${spelled}:${port}`) && !grantedLoopback.has(`${spelled}:*`);
}

/** Names and the addresses that stand for them inside, because a sandbox without network cannot resolve. */
const standIns = new Map();
const namesByStandIn = new Map();

/** An address of 198.18.0.0/15 (RFC 2544), which leads nowhere but is one to every program. */
function standInFor(name) {
  const known = standIns.get(name);
  if (known !== undefined) return known;
  const index = standIns.size + 1;
  if (index > 0x1_ffff) throw new Error('too many host names');
  const address = `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
  standIns.set(name, address);
  namesByStandIn.set(address, name);
  return address;
}

function connectError(host, port, status, text) {
  const target = `${host}:${port}`;
  const message = text.trim() || `connect ${target} failed: the egress proxy closed the connection`;
  const code = ERROR_CODES[status] || 'ECONNRESET';
  return Object.assign(new Error(message), { code, syscall: 'connect', address: host, port });
}

/** Asks the proxy for a tunnel; `done` gets an error, or the connected raw socket and what the far side already said. */
function openTunnel(host, port, done) {
  const raw = new net.Socket();
  const authority = host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
  let answer = Buffer.alloc(0);
  const finish = (error, rest) => {
    raw.removeAllListeners();
    raw.on('error', () => raw.destroy());
    if (error) raw.destroy();
    done(error, rest);
  };
  const refuse = () => {
    const [head = '', ...body] = answer.toString('utf8').split('\r\n\r\n');
    finish(connectError(host, port, head.slice(9, 12), body.join('')));
  };
  raw.on('data', (chunk) => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf('\r\n\r\n');
    if (end < 0 && answer.length <= MAX_ANSWER_BYTES) return;
    if (end >= 0 && answer.toString('latin1', 9, 12) === '200') finish(null, answer.subarray(end + 4));
    else if (answer.length > MAX_ANSWER_BYTES) refuse();
  });
  raw.on('end', refuse);
  raw.on('error', (error) => finish(error));
  directConnect.call(raw, { ...proxy });
  raw.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  return raw;
}

/** Moves the connection of `raw` into `socket` and lets it go on as if it had connected by itself. */
function adopt(socket, raw, rest) {
  const handle = raw[HANDLE];
  handle.readStop();
  handle.reading = false;
  raw[HANDLE] = null;
  raw.destroy();
  // A socket that was ended before it was connected still has to send its end; the new handle forgets that.
  const wasEnded = socket.writableEnded;
  socket[kReinitializeHandle](handle);
  // A TLS handle reports sessions for resumption only when it is told to, and the one that was told is gone.
  if (socket.encrypted && socket.listenerCount('session') > 0) socket[HANDLE].enableSessionCallbacks();
  socket.connecting = false;
  if (wasEnded) socket.end();
  socket.emit('connect');
  socket.emit('ready');
  if (rest.length > 0) socket.push(rest);
  if (!socket.destroyed && !socket.isPaused()) socket.read(0);
}

function connect(...args) {
  const [options, callback] = readArguments(args);
  const { port, path } = options;
  const given = String(options.host || 'localhost');
  if (path || port === undefined || port === null || kReinitializeHandle === undefined) {
    return directConnect.apply(this, args);
  }
  if (given === '127.0.0.1' && Number(port) === PROXY_PORT && !this.encrypted) {
    return directConnect.call(this, { ...proxy }, callback ?? undefined);
  }
  if (isInside(given, port)) return directConnect.apply(this, args);

  if (callback) this.once('connect', callback);
  if (this.destroyed) this[UNDESTROY]();
  this.connecting = true;
  const raw = openTunnel(namesByStandIn.get(given) ?? given, port, (error, rest) => {
    this.removeListener('close', abandon);
    if (this.destroyed) raw.destroy();
    else if (error) this.destroy(error);
    else adopt(this, raw, rest);
  });
  const abandon = () => raw.destroy();
  this.once('close', abandon);
  return this;
}
net.Socket.prototype.connect = connect;

const systemLookup = dns.lookup;
const systemLookupPromise = dns.promises.lookup;

/** The stand-in answer for a name, or undefined when the system can answer without a network. */
function answerFor(host, options) {
  if (typeof host !== 'string' || host === '' || net.isIP(host) !== 0 || isInside(host, 0)) return undefined;
  const address = standInFor(host.toLowerCase().replace(/\.$/, ''));
  const family = 4;
  return { address, family, shaped: options?.all ? [{ address, family }] : { address, family } };
}

function lookup(host, options, callback) {
  const done = typeof options === 'function' ? options : callback;
  const answer = typeof done === 'function' ? answerFor(host, options) : undefined;
  if (answer === undefined) return systemLookup.call(dns, host, options, callback);
  process.nextTick(() =>
    options?.all ? done(null, answer.shaped) : done(null, answer.address, answer.family),
  );
  return {};
}
// What `util.promisify` needs to know about it.
for (const symbol of Object.getOwnPropertySymbols(systemLookup)) lookup[symbol] = systemLookup[symbol];
dns.lookup = lookup;
dns.promises.lookup = async (host, options) =>
  answerFor(host, options)?.shaped ?? systemLookupPromise.call(dns.promises, host, options);
