/** Options of Node.js that take the following argument as their value. */
const nodeValues = new Set(
  '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists'
    .concat(' --input-type --title --icu-data-dir --openssl-config --unhandled-rejections')
    .split(' '),
);

/** Other programs whose first argument that is no option names the code they run. */
const interpreters = /^(?:python[\d.]*|pypy[\d.]*|ruby|perl|php|lua|bash|sh|bun|deno|java|tsx)$/;
/** Options after which there is no script: the code, or the name of a module, follows. */
const inlineCode = /^(?:-[cemr]|-pe|--eval|--print)(?:=|$)/;
const nodeInlineCode = /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/;

/**
 * Where the script stands among the arguments. `isSure` when the program accepts nothing else there;
 * `missing` when the program needs one and has none; `none` when it does without.
 */
export type ScriptSearch = { readonly index: number; readonly isSure: boolean } | 'missing' | 'none';

/** Whether a command means the kernel's own Node.js. */
export function isNode(command: string): boolean {
  return command === 'node' || command === 'nodejs';
}

/** Finds the script in the arguments of `program` (a name without folders). */
export function findScript(program: string, args: readonly string[]): ScriptSearch {
  if (isNode(program)) return findNodeScript(args);
  if (!interpreters.test(program)) return 'none';
  const start = (program === 'bun' || program === 'deno') && args[0] === 'run' ? 1 : 0;
  for (let index = start; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (inlineCode.test(arg)) return 'none';
    if (!arg.startsWith('-')) return { index, isSure: false };
  }
  return 'none';
}

function findNodeScript(args: readonly string[]): ScriptSearch {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (nodeInlineCode.test(arg)) return 'none';
    if (arg === '--') return index + 1 < args.length ? { index: index + 1, isSure: true } : 'missing';
    if (!arg.startsWith('-')) return { index, isSure: true };
    if (nodeValues.has(arg)) index++;
  }
  return 'missing';
}
