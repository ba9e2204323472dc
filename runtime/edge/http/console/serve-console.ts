import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { NexusError, systemCode } from '../../../base/errors.ts';
import type { ConsoleApp } from '../../../contract/console.ts';
import { readConsoleFiles, type ConsoleFile, type ConsoleFiles } from './console-files.ts';
import { pagePolicy, withNonce } from './page-policy.ts';
import { absentPage, buildingPage, failedPage } from './plain-pages.ts';

const forever = 'public, max-age=31536000, immutable';
/** Asked for by name: what is not there is missing, and no page of the console. */
const assets = /^\/assets\/|\.(?:js|css|map|json|svg|png|ico|webp|woff2?|txt|br|gz|webmanifest)$/;

/** Serves the web console: its files by name, and its page for every other path, which the page itself reads. */
export class ConsolePages {
  readonly #app: ConsoleApp;
  #read: { readonly dir: string; readonly files: Promise<ConsoleFiles> } | undefined;

  constructor(app: ConsoleApp) {
    this.#app = app;
  }

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { method = '', url = '/' } = req;
    const [path = '/'] = url.split('?', 1);
    if ((method !== 'GET' && method !== 'HEAD') || isOdd(path)) {
      throw new NexusError('ROUTE_UNKNOWN', { method, path });
    }
    const state = await this.#app.look();
    const files = state.state === 'ready' ? await this.#files(state.dir) : undefined;
    const file = files?.byPath.get(path);
    if (file !== undefined) return await sendFile(file, req, res);
    if (assets.test(path)) throw new NexusError('ROUTE_UNKNOWN', { method, path });
    const nonce = randomBytes(18).toString('base64');
    if (files !== undefined) return sendPage(withNonce(files.page, nonce), 200, nonce, req, res);
    if (state.state === 'failed') return sendPage(failedPage(nonce, state.reason), 500, nonce, req, res);
    if (state.state === 'building') return sendPage(buildingPage(nonce), 503, nonce, req, res);
    return sendPage(absentPage(nonce), 200, nonce, req, res);
  }

  /** Read once: a build never changes, another one comes with another start. */
  async #files(dir: string): Promise<ConsoleFiles> {
    if (this.#read?.dir !== dir) this.#read = { dir, files: readConsoleFiles(dir) };
    return await this.#read.files;
  }
}

function sendPage(
  page: string,
  status: number,
  nonce: string,
  { method }: IncomingMessage,
  res: ServerResponse,
): void {
  res.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': pagePolicy(nonce),
    ...(status === 503 ? { 'retry-after': '2' } : {}),
  });
  res.end(method === 'HEAD' ? undefined : page);
}

async function sendFile(
  { file, type, isHashed, encoded }: ConsoleFile,
  { method, headers }: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const accepted = headers['accept-encoding'] ?? '';
  const encoding = [...encoded.keys()].find((name) => new RegExp(`\\b${name}\\b`).test(accepted));
  res.writeHead(200, {
    'content-type': type,
    'cache-control': isHashed ? forever : 'no-cache',
    vary: 'accept-encoding',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  });
  if (method === 'HEAD') {
    res.end();
    return;
  }
  const stream = createReadStream(encoding === undefined ? file : (encoded.get(encoding) ?? file));
  try {
    await pipeline(stream, res);
  } catch (error) {
    // The browser went away.
    if (systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

/** Paths that no link of the console has: they try to get somewhere else. */
function isOdd(path: string): boolean {
  if (path.includes('\\') || path.includes('//')) return true;
  try {
    const meant = decodeURIComponent(path);
    return meant.includes('\0') || meant.split(/[/\\]/).some((part) => part === '..' || part === '.');
  } catch {
    return true;
  }
}
