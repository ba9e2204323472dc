import { fileURLToPath } from 'node:url';
import { FORWARDER_PORT, SANDBOX_SOCKET_PATH } from './env.ts';

/** The program that runs `forwarderScript`: perl-base is essential on Debian and Ubuntu. */
export const forwarderInterpreter = '/usr/bin/perl';

/** Must be readable inside the sandbox, and the interpreter with its core modules too. */
export const forwarderScript = fileURLToPath(new URL('forwarder.pl', import.meta.url));

/** A command that is to find the egress proxy at `HTTPS_PROXY`. */
export interface ForwardedCommand {
  /** An absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Where the sandbox sees the egress socket; `/run/egress.sock` when absent. */
  readonly sandboxSocketPath?: string;
  /**
   * An inherited descriptor with a seccomp program for the command alone. Needed when it forbids fork, because
   * the forwarder has to fork before the command starts: give the launcher the rest of the filter, and this one here.
   */
  readonly filterFd?: number;
}

/**
 * The command line that starts a loopback forwarder beside a command: for programs that are not Node (or start others),
 * which take the proxy of `HTTPS_PROXY` but know no unix sockets. Costs about 10 ms and one process of 4 MB.
 * Only for sandboxes with a network namespace of their own: elsewhere the whole machine could use its port.
 */
export function withForwarder(options: ForwardedCommand): { command: string; args: string[] } {
  const { command, args, sandboxSocketPath = SANDBOX_SOCKET_PATH, filterFd } = options;
  const settings = [
    sandboxSocketPath,
    String(FORWARDER_PORT),
    filterFd === undefined ? '-' : String(filterFd),
  ];
  return { command: forwarderInterpreter, args: [forwarderScript, ...settings, command, ...args] };
}
