/** Header with which every write proves that it comes from this page. */
export const csrfHeader = 'x-nexus-csrf';

let token = '';
const listeners = new Set<() => void>();

export function csrfToken(): string {
  return token;
}

/** Told by the session; every write from now on carries it. */
export function setCsrfToken(next: string): void {
  token = next;
}

/** An answer said that nobody is signed in any more. */
export function noteSignedOut(): void {
  for (const listener of listeners) listener();
}

/** Told when an answer says that the session has ended. Returns the end of it. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
