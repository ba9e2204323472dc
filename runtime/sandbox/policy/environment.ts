import { NexusError } from '../../base/errors.ts';
import type { LaunchSpec } from '../../contract/sandbox.ts';

/**
 * Variables that make a program load other code than its own before it starts: the launchers' own programs would load
 * it too, with their limits not yet in place.
 */
const LOADS_CODE =
  /^(?:LD_.*|GLIBC_TUNABLES|GCONV_PATH|NODE_OPTIONS|NODE_REPL_EXTERNAL_MODULE|BASH_ENV|ENV|BASH_FUNC_.*|PERL5.*|PERLLIB|PYTHONSTARTUP|PYTHONHOME|RUBYOPT|JAVA_TOOL_OPTIONS)$/;

/** Throws PERMISSION_REFUSED for a variable no plugin may be given, wherever the manifest names it. */
export function checkEnvironment(spec: LaunchSpec): void {
  for (const [name, value] of Object.entries(spec.env)) {
    const refuse = (problem: string, todo: string): NexusError =>
      new NexusError('PERMISSION_REFUSED', {
        plugin: spec.plugin,
        permission: `env "${name}"`,
        problem,
        todo,
      });
    if (LOADS_CODE.test(name)) {
      throw refuse(
        'it makes programs load other code than their own',
        'Remove it; options of a program belong to "args"',
      );
    }
    if (!/^[^=\0]+$/.test(name) || value.includes('\0')) {
      throw refuse('a name has no "=", and neither has a zero byte', 'Correct it');
    }
  }
}
