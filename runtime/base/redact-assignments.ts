import { sensitivityOf } from './sensitive-key.ts';

const MAX_KEY_CHARS = 64;
/** What may stand between key and sign, and between sign and value: `"key" : "value"`, also escaped. */
const MAX_GAP_CHARS = 4;
/** Values of a kind, not of a secret: source code and schemas are full of them. */
const HARMLESS =
  /^(?:true|false|null|undefined|none|nil|string|str|number|bool|boolean|bytes|int|any|unknown|optional)$/i;
/** What begins a nested value, whose own keys are judged on their own. */
const OPENING = /^[[{(]+$/;
const WHOLE_LINE = /authorization|cookie/i;
const COLON = 58;
const EQUALS = 61;

/** Replaces the values in `password=…`, `"api_key": "…"`, `Authorization: …`, `?token=…&`. In linear time. */
export function redactAssignments(text: string, replacement: string): string {
  let result = '';
  let kept = 0;
  for (let sign = nextSign(text, 0); sign !== -1; sign = nextSign(text, Math.max(sign + 1, kept))) {
    const key = keyBefore(text, sign, kept);
    const sensitivity = key === '' ? 'none' : sensitivityOf(key);
    if (sensitivity === 'none') continue;
    const start = valueStart(text, sign + 1);
    if (text.startsWith(replacement, start)) continue;
    const end = valueEnd(text, start, WHOLE_LINE.test(key));
    const value = text.slice(start, end);
    if (value === '' || HARMLESS.test(value) || OPENING.test(value)) continue;
    if (sensitivity === 'text' && /^\d{1,9}$/.test(value)) continue;
    result += text.slice(kept, start) + replacement;
    kept = end;
  }
  return kept === 0 ? text : result + text.slice(kept);
}

function nextSign(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === COLON || char === EQUALS) return at;
  }
  return -1;
}

function keyBefore(text: string, sign: number, floor: number): string {
  const lowest = Math.max(floor, sign - MAX_GAP_CHARS);
  let end = sign;
  while (end > lowest && ' \t"\'`\\]'.includes(text.charAt(end - 1))) end -= 1;
  const first = Math.max(floor, end - MAX_KEY_CHARS);
  let start = end;
  while (start > first && isKeyChar(text.charCodeAt(start - 1))) start -= 1;
  return text.slice(start, end);
}

function valueStart(text: string, from: number): number {
  const highest = Math.min(text.length, from + MAX_GAP_CHARS);
  let start = from;
  while (start < highest && ' \t=>\\'.includes(text.charAt(start))) start += 1;
  return isQuote(text.charAt(start)) ? start + 1 : start;
}

/** The first place behind the value: its closing quote, the end of the line, or what separates it from the next. */
function valueEnd(text: string, start: number, wholeLine: boolean): number {
  const quote = text.charAt(start - 1);
  if (isQuote(quote)) return closingQuote(text, start, quote, text.charAt(start - 2) === '\\');
  const end = firstOf(text, start, wholeLine ? '\r\n"\'' : ' \t\r\n,;&"\'`)]}<>|\\');
  return /^(?:bearer|basic|digest|token)$/i.test(text.slice(start, Math.min(end, start + 8)))
    ? firstOf(text, end + 1, ' \t\r\n,;&"\'`)]}<>|\\')
    : end;
}

function closingQuote(text: string, start: number, quote: string, isEscaped: boolean): number {
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === quote || char === '\n') return at;
    if (char === '\\') {
      if (isEscaped && text.charAt(at + 1) === quote) return at;
      at += 1;
    }
  }
  return text.length;
}

function firstOf(text: string, from: number, stops: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (stops.includes(text.charAt(at))) return at;
  }
  return text.length;
}

function isKeyChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45
  );
}

function isQuote(char: string): boolean {
  return char === '"' || char === "'" || char === '`';
}
