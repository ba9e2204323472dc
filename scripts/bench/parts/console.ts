import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { z } from 'zod';
import { layKernel, startKernel, type RunningKernel } from '../contenders/kernel.ts';
import { fillThread } from '../long-thread.ts';
import { errorDelays, interactiveTimes, watchErrors } from '../page-times.ts';
import type { Plan } from '../plan.ts';
import { processorMs } from '../processor-time.ts';
import type { PartResult } from '../report.ts';
import { Stage } from '../stage.ts';
import { median, quantile } from '../statistics.ts';

const executable = '/usr/bin/chromium';
const messages = 10_000;
const logLines = 100_000;
const tabs = 20;
const frames = 300;
/** Pixels a frame: a fast swipe. */
const stride = 300;
const settleMs = 3_000;
const visits = 15;
const errors = 20;

const linkSchema = z.object({ url: z.string() });
const framesSchema = z.array(z.number());

/**
 * How soon a page can be used and an error is seen; frame times of the longest pages beside those of a page of plain text;
 * what tabs that nobody uses cost the kernel.
 */
export async function benchConsole(plan: Plan, _cacheDir: string, signal: AbortSignal): Promise<PartResult> {
  await using stage = new Stage(signal);
  const places = layKernel(stage, 'console', [{ name: 'echo', tools: 10 }]);
  const thread = await fillThread(places.data, messages, 'claude-sonnet-5', signal);
  fillLog(places.data);
  const kernel = await startKernel(stage, places);
  const browser = await chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  });
  try {
    const page = await signIn(browser, kernel, signal);
    const ready = await interactiveTimes(page, `${kernel.url}/chat`, visits);
    const seen = await errorTimes(page, `${kernel.url}/logs`, places.manifests);
    const plain = await scrollPlain(browser);
    const chat = await scrollThread(page, `${kernel.url}/chat/${thread}`);
    const log = await scrollLog(page, `${kernel.url}/logs`);
    const idle = await idleShare(page, kernel, plan.idleMs, signal);
    return resultOf({ ready, seen, plain, chat, log, idle });
  } finally {
    await browser.close();
  }
}

interface Figures {
  readonly ready: Awaited<ReturnType<typeof interactiveTimes>>;
  /** From an error to its line on the page. */
  readonly seen: readonly number[];
  readonly plain: readonly number[];
  readonly chat: readonly number[];
  readonly log: readonly number[];
  /** Of one processor. */
  readonly idle: number;
}

function row(name: string, times: readonly number[]): readonly (string | number)[] {
  return [name, median(times), quantile(times, 0.95), quantile(times, 0.99)];
}

function resultOf(figures: Figures): PartResult {
  const { ready, seen, plain, chat, log, idle } = figures;
  const ratio = (times: readonly number[]): number => quantile(times, 0.95) / quantile(plain, 0.95);
  return {
    tables: [
      {
        title: 'How soon',
        columns: ['', 'ms', 'p95', 'p99'],
        rows: [
          row('a page of one text field takes what is typed', ready.plain),
          row('the chat takes what is typed, nothing in the cache', ready.console),
          row('an error is on the log page', seen),
        ],
      },
      {
        title: `Frames while ${stride} pixels are scrolled in each`,
        columns: ['', 'ms', 'p95', 'p99'],
        rows: [
          row('a page of plain text', plain),
          row(`a thread of ${messages.toLocaleString('en')} messages`, chat),
          row(`${logLines.toLocaleString('en')} lines of the log`, log),
        ],
      },
    ],
    targets: [
      {
        name: 'the chat takes what is typed, ms',
        value: median(ready.console),
        limit: 1_000,
        rule: 'at most',
      },
      {
        name: 'an error is on the log page: p95, ms',
        value: quantile(seen, 0.95),
        limit: 1_000,
        rule: 'at most',
      },
      {
        name: 'a long thread: p95 of a frame ÷ that of plain text',
        value: ratio(chat),
        limit: 2,
        rule: 'at most',
      },
      {
        name: 'a long log: p95 of a frame ÷ that of plain text',
        value: ratio(log),
        limit: 2,
        rule: 'at most',
      },
      {
        name: `${tabs} open tabs, % of a processor the kernel takes`,
        value: idle * 100,
        limit: 5,
        rule: 'at most',
      },
    ],
    data: figures,
  };
}

/** As the kernel writes it, for it to find when it starts. */
function fillLog(dataDir: string): void {
  const dir = join(dataDir, 'logs');
  mkdirSync(dir, { recursive: true });
  const begin = Date.now() - logLines * 10;
  const lines = Array.from({ length: logLines }, (_, n) =>
    JSON.stringify({ level: 30, time: begin + n * 10, component: 'host', n, msg: `line ${n}` }),
  );
  writeFileSync(join(dir, 'redacted.log'), `${lines.join('\n')}\n`);
}

async function signIn(browser: Browser, { url, token }: RunningKernel, signal: AbortSignal): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  // The console is built when it is looked at first.
  while ((await fetch(url, { signal })).status === 503) await wait(200, undefined, { signal });
  const headers = { authorization: `Bearer ${token}` };
  const made = await fetch(`${url}/api/login-links`, { method: 'POST', headers, signal });
  await page.goto(linkSchema.parse(await made.json()).url);
  await page.getByRole('navigation').first().waitFor();
  return page;
}

async function scrollPlain(browser: Browser): Promise<readonly number[]> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const lines = Array.from({ length: messages }, (_, n) => `<p>Line ${n} of plain text.</p>`);
  await page.setContent(`<div id="box" style="height:800px;overflow:auto">${lines.join('')}</div>`);
  const times = await scrollUp(page, '#box');
  await page.close();
  return times;
}

async function scrollThread(page: Page, url: string): Promise<readonly number[]> {
  await page.goto(url);
  await page.getByRole('log', { name: 'Messages' }).waitFor();
  const box = '[aria-label="Messages"]';
  // Earlier messages are read when the start comes into view.
  const earlier = page.getByRole('button', { name: 'Earlier messages' });
  while ((await earlier.count()) > 0) await toStart(page, box);
  return await scrollUp(page, box);
}

async function scrollLog(page: Page, url: string): Promise<readonly number[]> {
  await page.goto(url);
  const box = '[aria-label="Lines of the log"]';
  await page.locator(box).waitFor();
  // Earlier lines are read when the start comes into view.
  const shown = page.getByRole('status').filter({ hasText: ' lines' });
  while (!/ · (?:99|100),\d{3} lines/.test((await shown.textContent()) ?? '')) await toStart(page, box);
  return await scrollUp(page, box);
}

async function errorTimes(page: Page, url: string, manifests: string): Promise<readonly number[]> {
  await page.goto(url);
  await page.getByText(/^Live · /).waitFor();
  await watchErrors(page);
  for (let error = 1; error <= errors; error++) {
    writeFileSync(join(manifests, 'wrong.json'), `{ "source": ${error} }`);
    while ((await errorDelays(page)).length < error) await page.waitForTimeout(20);
  }
  rmSync(join(manifests, 'wrong.json'));
  return await errorDelays(page);
}

async function toStart(page: Page, box: string): Promise<void> {
  await page.evaluate(`document.querySelector('${box}').scrollTop = 100`);
  await page.waitForTimeout(20);
  await page.evaluate(`document.querySelector('${box}').scrollTop = 0`);
  await page.waitForTimeout(20);
}

/** Scrolls a box from its end; how long each frame took, in milliseconds. */
async function scrollUp(page: Page, box: string): Promise<readonly number[]> {
  await page.evaluate(`document.querySelector('${box}').scrollTop = 1e9`);
  await page.waitForTimeout(settleMs);
  const times: unknown = await page.evaluate(`new Promise((resolve) => {
    const box = document.querySelector('${box}');
    const times = [];
    let last = performance.now();
    const step = (now) => {
      times.push(now - last);
      last = now;
      box.scrollTop -= ${stride};
      if (times.length > ${frames}) resolve(times.slice(1));
      else requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  })`);
  return framesSchema.parse(times);
}

/** The share of a processor that a kernel takes while tabs are open and nothing happens. */
async function idleShare(
  page: Page,
  { url, actor }: RunningKernel,
  idleMs: number,
  signal: AbortSignal,
): Promise<number> {
  const context = page.context();
  for (let tab = 1; tab < tabs; tab++) await (await context.newPage()).goto(`${url}/plugins`);
  await wait(settleMs, undefined, { signal });
  const before = processorMs([actor.pid]);
  const startedAt = performance.now();
  await wait(idleMs, undefined, { signal });
  return (processorMs([actor.pid]) - before) / (performance.now() - startedAt);
}
