import { readSync } from 'node:fs';
import type { Descriptor } from './descriptor.ts';

const NEWLINE = 10;
/** Size of a read, and the longest piece a line is given in. */
export const PIECE_BYTES = 65_536;

/** A line, or a piece of a line longer than PIECE_BYTES. */
export interface Line {
  /** Without the line feed. Valid only until the next one is asked for. */
  readonly bytes: Buffer;
  readonly offset: number;
  /** Where the next one starts. */
  readonly next: number;
  /** False for a piece of a long line that goes on. */
  readonly endsLine: boolean;
}

/** Reads a file line by line from a byte offset, in constant memory. */
export function* linesOf(file: Descriptor, from: number): Generator<Line> {
  const block = Buffer.allocUnsafe(PIECE_BYTES);
  let kept = 0;
  let position = from;
  for (;;) {
    const count = readSync(file.fd, block, kept, PIECE_BYTES - kept, position + kept);
    const view = block.subarray(0, kept + count);
    let start = 0;
    for (let feed = view.indexOf(NEWLINE); feed !== -1; feed = view.indexOf(NEWLINE, start)) {
      yield line(view, start, feed, position, feed + 1);
      start = feed + 1;
    }
    if (count === 0) {
      if (start < view.length) yield line(view, start, view.length, position, view.length);
      return;
    }
    if (start === 0 && view.length === PIECE_BYTES) {
      yield { ...line(view, 0, view.length, position, view.length), endsLine: false };
      start = view.length;
    }
    view.copyWithin(0, start);
    kept = view.length - start;
    position += start;
  }
}

function line(view: Buffer, start: number, end: number, position: number, next: number): Line {
  return {
    bytes: view.subarray(start, end),
    offset: position + start,
    next: position + next,
    endsLine: true,
  };
}
