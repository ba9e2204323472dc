import { NexusError } from '../../../base/errors.ts';

/** No message is longer: the kernel takes 4 MiB and plugins send 256 MiB at most. */
const longestLineBytes = 300 * 1024 * 1024;
const newline = 10;

/** Cuts a stream of bytes into whole lines; what is not ended yet waits for the next piece. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #restBytes = 0;

  /** The lines that end in this piece, each with its line feed. */
  push(piece: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = piece.indexOf(newline); end !== -1; end = piece.indexOf(newline, from)) {
      lines.push(this.#complete(piece.subarray(from, end + 1)));
      from = end + 1;
    }
    if (from < piece.length) this.#keep(piece.subarray(from));
    return lines;
  }

  #complete(tail: Buffer): Buffer {
    if (this.#restBytes === 0) return tail;
    const line = Buffer.concat([...this.#rest, tail]);
    this.#rest = [];
    this.#restBytes = 0;
    return line;
  }

  #keep(piece: Buffer): void {
    this.#rest.push(piece);
    this.#restBytes += piece.length;
    if (this.#restBytes > longestLineBytes) {
      throw new NexusError('REQUEST_TOO_LARGE', { limit: longestLineBytes });
    }
  }
}
