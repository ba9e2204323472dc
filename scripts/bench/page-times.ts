import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const timesSchema = z.array(z.number());
const html = '<!doctype html><title>Plain</title><textarea aria-label="Message"></textarea>';

/** Begins to note, of every error that comes onto the log page from now on, how long after it happened it is there. */
export async function watchErrors(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const seen = new Map([...document.querySelectorAll('.log-line')].map((row) => [row.textContent, null]));
    globalThis.errorDelays = () => [...seen.values()].filter((delay) => delay !== null);
    new MutationObserver(() => {
      for (const row of document.querySelectorAll('.log-line[data-level=error]'))
        if (!seen.has(row.textContent))
          seen.set(row.textContent, Date.now() - Date.parse(row.querySelector('time').dateTime));
    }).observe(document.body, { childList: true, subtree: true });
  })()`);
}

/** Those times so far, in milliseconds. */
export async function errorDelays(page: Page): Promise<readonly number[]> {
  return timesSchema.parse(await page.evaluate('errorDelays()'));
}

/**
 * How long it takes from where somebody goes to a page of the console until its field for messages takes what is typed,
 * in milliseconds: with nothing in the browser's cache, as at the first visit, and of a page that is nothing but such a field.
 */
export async function interactiveTimes(page: Page, url: string, rounds: number) {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(html);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const plainUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const cache = await page.context().newCDPSession(page);
  await cache.send('Network.enable');
  const console: number[] = [];
  const plain: number[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      await cache.send('Network.clearBrowserCache');
      plain.push(await timeUntilTyped(page, plainUrl));
      console.push(await timeUntilTyped(page, url));
    }
  } finally {
    await cache.detach();
    server.close();
    server.closeAllConnections();
  }
  return { console, plain };
}

/** By the clock of the page, which begins when it is gone to. */
async function timeUntilTyped(page: Page, url: string): Promise<number> {
  await page.goto(url, { waitUntil: 'commit' });
  const time: unknown = await page.evaluate(`new Promise((resolve) => {
    const look = () => {
      const field = document.querySelector('textarea[aria-label=Message]');
      if (field === null) return requestAnimationFrame(look);
      field.focus();
      document.execCommand('insertText', false, 'typed');
      // What is typed is there after the page has drawn it.
      requestAnimationFrame(() => (field.value === 'typed' ? resolve(performance.now()) : look()));
    };
    look();
  })`);
  // The console keeps what is typed and not sent.
  await page.evaluate('sessionStorage.clear()');
  return z.number().parse(time);
}
