import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { RpcError } from '../base/rpc-error.ts';
import type { JournalRecords, JournalTurn } from '../contract/journal.ts';
import type { CallChannel } from '../contract/plugins.ts';
import { toolHash } from '../contract/definition.ts';
import { operatorScope } from '../contract/scope.ts';
import type { Settings } from '../contract/settings.ts';
import type { Catalogue, ToolEntry, ToolRunner } from '../contract/tools.ts';
import { dayIn, oneLine, timeZoneOf } from './prompt-variables.ts';

const dayMs = 86_400_000;
/** Days that are made up for when the kernel was not running. */
const mostDays = 7;
const mostLines = 100;
const everyMs = 3_600_000;
const aboutChars = 120;

export interface JournalDeps {
  readonly records: JournalRecords;
  readonly catalogue: Catalogue;
  readonly tools: ToolRunner;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Writes down what happened each day, through the journal tool of the memory plugin, once the day is over. */
export class Journal implements AsyncDisposable {
  readonly #deps: JournalDeps;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(deps: JournalDeps) {
    this.#deps = deps;
  }

  /** Looks once the tools are known, and every hour from then on. */
  begin(listed: Promise<void>): void {
    this.#working = listed.catch((error: unknown) => this.#deps.log.warn(messageOf(error)));
    const look = (): void => {
      this.#working = this.#lookAfter(this.#working);
    };
    look();
    this.#timer = setInterval(look, everyMs);
    this.#timer.unref();
  }

  /** Writes the journals that are missing of the last days; how many it wrote. */
  async tick(): Promise<number> {
    const { records, settings, clock } = this.#deps;
    const tool = this.#tool();
    if (tool === undefined) return 0;
    const zone = timeZoneOf(settings);
    const now = clock.now();
    const days = Map.groupBy(await records.turns(scope, now - mostDays * dayMs), ({ at }) => dayIn(zone, at));
    let written = 0;
    for (const [day, turns] of days) {
      if (day === dayIn(zone, now) || (await records.isWritten(scope, day))) continue;
      for (const turn of turns.slice(0, mostLines)) await this.#write(tool, day, lineOf(turn, zone));
      if (turns.length > mostLines) await this.#write(tool, day, `and ${turns.length - mostLines} more`);
      await records.written(scope, day);
      written += 1;
    }
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#working;
  }

  async #lookAfter(before: Promise<void>): Promise<void> {
    await before;
    if (this.#stop.signal.aborted) return;
    try {
      await this.tick();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#deps.log.warn(`the journal was not written: ${messageOf(error)}`);
    }
  }

  #tool(): ToolEntry | undefined {
    const entries = this.#deps.catalogue.entries();
    return entries.find(({ plugin, tool }) => plugin === 'memory' && tool === 'journal');
  }

  /** The plugin adds a line once, so a crash in the middle adds none twice. */
  async #write(entry: ToolEntry, day: string, text: string): Promise<void> {
    const { publicName: tool } = entry;
    const call = { tool, args: { day, text }, source: 'journal', client: null, approved: toolHash(entry) };
    await this.#deps.tools.invoke(scope, call, nobody, this.#stop.signal);
  }
}

const scope = operatorScope('journal');

const nobody: CallChannel = {
  caller: 'journal',
  capabilities: {},
  answer: () => Promise.reject(new RpcError(-32_601, 'the journal cannot answer questions of a tool')),
};

function lineOf({ at, about, state }: JournalTurn, timeZone: string): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, timeStyle: 'short' }).format(at);
  const outcome = state === 'SUCCEEDED' ? '' : ` (${state.toLowerCase()})`;
  return `${time} ${oneLine(about).slice(0, aboutChars) || 'a message without words'}${outcome}`;
}
