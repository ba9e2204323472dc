import { RE2JS, RE2JSException } from 're2js';
import { FileFault } from './faults.ts';

/**
 * Compiles glob patterns into one test of a path: `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}` and `**` for any number of
 * folders. A pattern without `/` is for the last name, wherever it is. Matching takes linear time (RE2).
 */
export function compileGlobs(patterns: readonly string[]): (path: readonly string[]) => boolean {
  if (patterns.length === 0) return () => false;
  const expression = compile(patterns.map(toExpression).join('|'));
  return (path) => expression.testExact(path.join('/'));
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.DOTALL);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new FileFault(
      'INVALID_ARGUMENT',
      `A glob is not valid: ${error.message}`,
      'Check its [ ] classes',
      error,
    );
  }
}

function toExpression(glob: string): string {
  const isAnywhere = !glob.replace(/\/$/, '').includes('/');
  const body = translate(glob.replace(/^\.?\//, '').replace(/\/$/, ''), glob);
  return `(?:${isAnywhere ? '(?:.*/)?' : ''}${body})`;
}

function translate(glob: string, whole: string): string {
  let out = '';
  let braces = 0;
  for (let at = 0; at < glob.length;) {
    const rest = glob.slice(at);
    const char = glob[at] ?? '';
    const step = special(rest);
    if (step !== undefined) {
      out += step.expression;
      at += step.length;
      continue;
    }
    if (char === '{') braces += 1;
    if (char === '}') braces -= 1;
    if (braces < 0) break;
    if (char === '{') out += '(?:';
    else if (char === '}') out += ')';
    else out += char === ',' && braces > 0 ? '|' : RE2JS.quote(char);
    at += 1;
  }
  if (braces === 0) return out;
  throw new FileFault(
    'INVALID_ARGUMENT',
    `The glob "${whole}" has a brace without its partner`,
    'Write {a,b} or \\{',
  );
}

/** The expression of a wildcard, class or escaped character at the start of `rest`, if there is one. */
function special(rest: string): { readonly expression: string; readonly length: number } | undefined {
  if (rest.startsWith('**/')) return { expression: '(?:.*/)?', length: 3 };
  if (rest.startsWith('**')) return { expression: '.*', length: 2 };
  if (rest.startsWith('*')) return { expression: '[^/]*', length: 1 };
  if (rest.startsWith('?')) return { expression: '[^/]', length: 1 };
  if (rest.startsWith('\\') && rest.length > 1)
    return { expression: RE2JS.quote(rest.slice(1, 2)), length: 2 };
  const set = /^\[([!^]?)(\]?[^\]/]*)\]/.exec(rest);
  if (set === null) return undefined;
  const [whole, negation = '', members = ''] = set;
  const escaped = members.replaceAll(/[\\[\]^&~]/g, String.raw`\$&`);
  return { expression: negation === '' ? `[${escaped}]` : `[^/${escaped}]`, length: whole.length };
}
