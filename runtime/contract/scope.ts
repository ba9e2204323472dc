/**
 * On whose behalf something is done. First argument of every repository method: no query without one.
 * `actor` says through what: a token, a session, a channel identity.
 */
export interface Scope {
  readonly tenant: string;
  readonly group: string | null;
  readonly user: string;
  readonly actor: string;
}

/** The operator of a single-user installation, acting through `actor`. */
export function operatorScope(actor: string): Scope {
  return { tenant: 'default', group: null, user: 'operator', actor };
}
