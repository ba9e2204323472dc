import { loginLinkSchema } from '../../contract/access.ts';
import type { Command } from './command-line.ts';
import { clientOf } from './kernel-client.ts';
import { print, printJson } from './terminal.ts';

/** `nexus login`. */
export const loginCommand: Command = async (given, deps) => {
  const link = await clientOf(given, deps).post('/api/login-links', undefined, loginLinkSchema);
  if (given.switches.has('json')) printJson(link);
  else print(link.url);
  return 0;
};
