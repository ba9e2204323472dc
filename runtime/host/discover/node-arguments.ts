/** Flags of Node.js that take the following argument as their value. */
const withValue = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--env-file-if-exists',
  '--input-type',
  '--title',
  '--icu-data-dir',
  '--openssl-config',
  '--unhandled-rejections',
]);

/**
 * Index of the script among the arguments of `node`; undefined when there is none, as in `node -e CODE`.
 */
export function findScript(args: readonly string[]): number | undefined {
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? '';
    if (arg === '--') return index + 1 < args.length ? index + 1 : undefined;
    if (/^(?:-e|-p|-pe|--eval|--print)(?:=|$)/.test(arg)) return undefined;
    if (!arg.startsWith('-')) return index;
    if (withValue.has(arg)) index++;
  }
  return undefined;
}
