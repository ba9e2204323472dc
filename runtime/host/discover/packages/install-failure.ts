import type { InstallReport } from './install-messages.ts';
import type { NpxCommand } from './npx-command.ts';

type Failure = Extract<InstallReport, { type: 'failed' }>;

/** What went wrong with an installation and what to do, from npm's error code. */
export function describeInstallFailure(
  failure: Failure,
  { name, spec }: Pick<NpxCommand, 'name' | 'spec'>,
): { readonly problem: string; readonly todo: string } {
  const { code } = failure;
  const registry = withoutPassword(failure.registry);
  const said = withoutPassword(failure.message).replaceAll(/\s+/g, ' ').replace(/\.$/, '').slice(0, 300);
  switch (code) {
    case 'E404':
      return {
        problem: `the registry ${registry} has no package it could serve ("${said}")`,
        todo: `Check the spelling of "${name}"; for a private package, log in to its registry with "npm login"`,
      };
    case 'ETARGET':
      return {
        problem: `"${name}" has no version that fits "${spec}"`,
        todo: `See the versions with "npm view ${name} versions", and write one of them`,
      };
    case 'E401':
    case 'E403':
      return {
        problem: `the registry ${registry} refuses access (${code})`,
        todo: 'Log in with "npm login", or correct the token in your .npmrc',
      };
    case 'ECONNREFUSED':
    case 'ECONNRESET':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'ERR_SOCKET_TIMEOUT':
    case 'FETCH_ERROR':
      return {
        problem: `the registry ${registry} cannot be reached (${code})`,
        todo: 'Check the network, or set "registry" or "proxy" in your .npmrc, then enable the plugin again',
      };
    case 'EINTEGRITY':
      return {
        problem: 'what was downloaded is not what the registry promised',
        todo: 'Try again; if it happens again, do not trust this registry or mirror',
      };
    case 'ENOSPC':
      return { problem: 'the disk is full', todo: 'Make room in the data directory, then try again' };
    case 'EALLOWGIT':
      return {
        problem: 'it depends on a package that is fetched with git',
        todo: 'Ask its author for a release whose dependencies are in a registry',
      };
    case 'ERESOLVE':
      return {
        problem: `its dependencies contradict each other: ${said}`,
        todo: 'Try another version, or set "legacy-peer-deps=true" in your .npmrc',
      };
    default:
      return { problem: code === '' ? said : `${said} (${code})`, todo: 'Try again, or try another version' };
  }
}

/** Addresses of mirrors sometimes carry a name and a password. */
function withoutPassword(text: string): string {
  return text.replaceAll(/(?<=:\/\/)[^/@\s]+@/g, '');
}
