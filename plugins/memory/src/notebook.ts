import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NoteFile } from './note-file.ts';

const journalName = /^\d{4}-\d{2}-\d{2}$/;
const mostJournals = 400;

/** A line of a note, and where it is. */
export interface Found {
  readonly file: string;
  readonly line: string;
}

/** All notes of a workspace. Changes run one after the other. */
export class Notebook {
  readonly memory: NoteFile;
  readonly user: NoteFile;
  readonly #folder: string;
  readonly #forgotten: NoteFile;
  #last: Promise<unknown> = Promise.resolve();

  constructor(workspace: string) {
    this.#folder = join(workspace, 'memories');
    this.memory = new NoteFile('MEMORY.md', join(workspace, 'MEMORY.md'));
    this.user = new NoteFile('USER.md', join(workspace, 'USER.md'));
    this.#forgotten = new NoteFile('memories/forgotten.md', join(this.#folder, 'forgotten.md'));
  }

  /** The journal of a day, as YYYY-MM-DD. */
  journal(day: string): NoteFile {
    if (!journalName.test(day)) throw new Error(`"${day}" is no day; write one as 2026-01-31`);
    return new NoteFile(`memories/${day}.md`, join(this.#folder, `${day}.md`));
  }

  /** Adds a line unless it is there; whether it was added. */
  add(file: NoteFile, line: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const there = (await file.read()).split('\n');
      // The same fact noted on another day is the same fact.
      if (there.some((one) => factOf(one) === factOf(line))) return false;
      await file.append(line);
      return true;
    });
  }

  /** Takes out the one line of MEMORY.md or USER.md that holds a text; it goes to memories/forgotten.md first. */
  forget(text: string): Promise<Found> {
    return this.#inTurn(async () => {
      const held = (await this.#lines([this.memory, this.user])).filter(({ line }) => line.includes(text));
      const [found, ...more] = held;
      if (found === undefined) throw new Error(`No note holds "${text}". Recall it for its exact words.`);
      if (more.length > 0) throw new Error(`${held.length} notes hold "${text}". Give more of its words.`);
      await this.#forgotten.append(`${found.line} (from ${found.file})`);
      await (found.file === this.user.name ? this.user : this.memory).remove(found.line);
      return found;
    });
  }

  /** The lines with most words of a query; the newest journals count like the other notes. */
  async find(query: string, most: number): Promise<readonly Found[]> {
    const wanted = wordsOf(query);
    const days = (await this.#days()).slice(-mostJournals).toReversed();
    const files = [this.memory, this.user, ...days.map((day) => this.journal(day))];
    const scored = (await this.#lines(files)).map((found) => {
      const words = wordsOf(found.line);
      return { found, score: [...wanted].filter((word) => words.has(word)).length };
    });
    return scored
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score)
      .slice(0, most)
      .map(({ found }) => found);
  }

  async #lines(files: readonly NoteFile[]): Promise<readonly Found[]> {
    const lines: Found[] = [];
    for (const file of files)
      for (const line of (await file.read()).split('\n'))
        if (line.trim() !== '') lines.push({ file: file.name, line });
    return lines;
  }

  async #days(): Promise<readonly string[]> {
    const names = (await readdir(this.#folder)).map((name) => name.replace(/\.md$/, ''));
    return names.filter((name) => journalName.test(name)).toSorted();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => {});
    return await mine;
  }
}

/** A note without its day. */
function factOf(line: string): string {
  return line.replace(/^- (?:\d{4}-\d{2}-\d{2}: )?/, '').trim();
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []);
}
