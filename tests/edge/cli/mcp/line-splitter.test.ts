import t from 'tap';
import { LineSplitter } from '../../../../runtime/edge/cli/mcp/line-splitter.ts';

await t.test('lines come out whole however the bytes come in', async (t) => {
  const text = '{"a":"ü"}\n\n{"b":"\u2028"}\r\n{"c":3}\n';
  const bytes = Buffer.from(`${text}rest`);
  for (let size = 1; size <= bytes.length; size += 1) {
    const splitter = new LineSplitter();
    const lines: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size)
      lines.push(...splitter.push(bytes.subarray(at, at + size)));
    t.equal(lines.length, 4, `in pieces of ${size}`);
    t.equal(Buffer.concat(lines).toString(), text);
  }
});
