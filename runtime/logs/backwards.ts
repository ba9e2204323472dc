import type { FileHandle } from 'node:fs/promises';

const chunkBytes = 64 * 1024;
/** A line longer than this is told in parts. */
const longestLineBytes = 1024 * 1024;
const newline = 0x0a;

export interface PlacedLine {
  readonly line: string;
  /** Offset of its first byte. */
  readonly start: number;
}

/** The lines of a file from its end, or from before `end`, to its beginning. Never holds more of it than a line and a chunk. */
export async function* linesBackwards(file: FileHandle, end: number): AsyncGenerator<PlacedLine> {
  let rest: Buffer = Buffer.alloc(0);
  let start = end;
  while (start > 0) {
    const length = Math.min(chunkBytes, start);
    const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, start - length);
    // It became shorter: that is the end of it.
    if (bytesRead < length) return;
    start -= length;
    let text: Buffer = Buffer.concat([buffer, rest]);
    for (let at = text.lastIndexOf(newline); at !== -1; at = text.lastIndexOf(newline)) {
      if (at < text.length - 1) yield { line: text.toString('utf8', at + 1), start: start + at + 1 };
      text = text.subarray(0, at);
    }
    rest = text;
    if (rest.length > longestLineBytes) {
      yield { line: rest.toString('utf8'), start };
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield { line: rest.toString('utf8'), start: 0 };
}
