import { isUtf8 } from 'node:buffer';
import { readSync } from 'node:fs';
import type { Descriptor } from './descriptor.ts';
import { FileFault } from './faults.ts';
import { takeTurn } from './take-turn.ts';

/** Most bytes one call returns as text. */
export const TEXT_LIMIT_BYTES = 262_144;
/** A file up to this size has its lines counted to the end. */
const COUNT_LIMIT_BYTES = 8_388_608;
/** How far into a file a line number is looked for. */
const SEEK_LIMIT_BYTES = 268_435_456;
/** Bytes scanned before other calls get a turn. */
const TURN_BYTES = 1_048_576;
const NEWLINE = 10;

export interface LineRange {
  /** From 1. */
  readonly first: number;
  /** Included. */
  readonly last: number;
}

/** A part of a file, and how to ask for what comes after it. */
export interface Slice {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly lines?: LineRange & { readonly total: number | undefined };
  /** Present when there is more. */
  readonly next?: { readonly start_line: number } | { readonly offset_bytes: number };
}

/** Reads up to `length` bytes at `offset`; fewer only at the end of the file. */
export function readBytes(file: Descriptor, offset: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(file.fd, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** A byte range; with `wholeText`, an incomplete character at its end is left for the next call. */
export function sliceBytes(file: Descriptor, size: number, offset: number, length: number): Slice {
  if (offset > size) {
    throw new FileFault('INVALID_ARGUMENT', `The file has only ${size} bytes`, 'Use a smaller offset_bytes');
  }
  const read = readBytes(file, offset, Math.min(length, size - offset));
  const isEnd = offset + read.length >= size;
  const whole = wholeCharacters(read);
  const bytes = !isEnd && whole.length > 0 && isText(whole) ? whole : read;
  return { bytes, offset, ...(isEnd ? {} : { next: { offset_bytes: offset + bytes.length } }) };
}

/** The lines of `range`, as many as fit into TEXT_LIMIT_BYTES. */
export async function sliceLines(
  file: Descriptor,
  size: number,
  range: LineRange,
  signal: AbortSignal,
): Promise<Slice> {
  const start = await skipLines(file, 0, range.first - 1, signal);
  if (start.offset >= size && range.first > 1) {
    throw new FileFault(
      'INVALID_ARGUMENT',
      `The file has only ${start.lines} lines`,
      'Use a smaller start_line',
    );
  }
  if (start.lines < range.first - 1) {
    throw new FileFault(
      'TOO_LARGE',
      `Line ${range.first} is more than ${SEEK_LIMIT_BYTES} bytes into the file`,
      'Use offset_bytes and length_bytes instead, or grep_search',
    );
  }
  const read = readBytes(file, start.offset, Math.min(TEXT_LIMIT_BYTES, size - start.offset));
  const cut = cutLines(read, range.last - range.first + 1, start.offset + read.length >= size);
  const end = start.offset + cut.bytes.length;
  const rest = size <= COUNT_LIMIT_BYTES ? await skipLines(file, end, Infinity, signal) : undefined;
  const last = range.first + cut.lines - 1;
  const total = rest === undefined ? undefined : last + rest.lines;
  const next = cut.isInsideLine ? { offset_bytes: end } : { start_line: last + 1 };
  return {
    bytes: cut.bytes,
    offset: start.offset,
    lines: { first: range.first, last, total: cut.isInsideLine ? undefined : total },
    ...(end < size ? { next } : {}),
  };
}

/** Cuts bytes in front of a character that is not complete at their end (at most 3 bytes). */
export function wholeCharacters(bytes: Buffer): Buffer {
  for (let cut = 1; cut <= Math.min(4, bytes.length); cut += 1) {
    const byte = bytes[bytes.length - cut] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const width = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return width > cut ? bytes.subarray(0, bytes.length - cut) : bytes;
  }
  return bytes;
}

/** Whether bytes are text as people mean it: valid UTF-8 without NUL. */
export function isText(bytes: Buffer): boolean {
  return !bytes.includes(0) && isUtf8(bytes);
}

/** Takes `wanted` lines from the front, or, when they do not fit, the whole lines that do, or a part of one. */
function cutLines(
  bytes: Buffer,
  wanted: number,
  isEnd: boolean,
): { readonly bytes: Buffer; readonly lines: number; readonly isInsideLine: boolean } {
  let end = 0;
  let lines = 0;
  while (lines < wanted) {
    const feed = bytes.indexOf(NEWLINE, end);
    if (feed === -1) break;
    end = feed + 1;
    lines += 1;
  }
  if (lines === wanted || end === bytes.length)
    return { bytes: bytes.subarray(0, end), lines, isInsideLine: false };
  if (isEnd) return { bytes, lines: lines + 1, isInsideLine: false };
  if (lines > 0) return { bytes: bytes.subarray(0, end), lines, isInsideLine: false };
  return { bytes: wholeCharacters(bytes), lines: 1, isInsideLine: true };
}

/** Moves `count` lines on from `from`; stops at the end of the file or SEEK_LIMIT_BYTES on. */
async function skipLines(
  file: Descriptor,
  from: number,
  count: number,
  signal: AbortSignal,
): Promise<{ readonly lines: number; readonly offset: number }> {
  let lines = 0;
  let offset = from;
  while (lines < count && offset - from < SEEK_LIMIT_BYTES) {
    const block = readBytes(file, offset, TURN_BYTES);
    let start = 0;
    for (
      let feed = block.indexOf(NEWLINE);
      feed !== -1 && lines < count;
      feed = block.indexOf(NEWLINE, start)
    ) {
      start = feed + 1;
      lines += 1;
    }
    if (lines === count) return { lines, offset: offset + start };
    offset += block.length;
    // A last line without a line feed counts too.
    if (block.length < TURN_BYTES) return { lines: lines + Number(start < block.length), offset };
    await takeTurn(signal);
  }
  return { lines, offset };
}
