import type { Readable } from 'node:stream';

const newline = 0x0a;

/**
 * Tells every line of a stream, cut at `limitBytes`; what a line has beyond that is dropped as it comes, since a plugin
 * may never end one. Settles when the stream has ended and its last line, finished or not, was told.
 */
export function readLines(
  stream: Readable,
  limitBytes: number,
  onLine: (line: string) => void,
): Promise<void> {
  let line = Buffer.alloc(0);
  const take = (part: Buffer): void => {
    if (part.length === 0 || line.length >= limitBytes) return;
    line = Buffer.concat([line, part.subarray(0, limitBytes - line.length)]);
  };
  const tell = (): void => {
    const text = line.toString('utf8');
    line = Buffer.alloc(0);
    onLine(text.endsWith('\r') ? text.slice(0, -1) : text);
  };
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, from)) {
      take(chunk.subarray(from, end));
      tell();
      from = end + 1;
    }
    take(chunk.subarray(from));
  });
  return new Promise((resolve) => {
    stream.once('close', () => {
      if (line.length > 0) tell();
      resolve();
    });
  });
}
