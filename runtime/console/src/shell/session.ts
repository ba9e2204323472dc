import { useMutation, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { useEffect } from 'react';
import { ApiError, isRecord } from '../api/api-error.ts';
import { request } from '../api/client.ts';
import { onSignedOut, setCsrfToken } from '../api/csrf.ts';

export interface Session {
  readonly isSignedIn: boolean;
  readonly hasPassword: boolean;
  readonly user: string | null;
}

/** With what a person signs in: the code of the printed link, or the password. */
export type Credential = { readonly code: string } | { readonly password: string };

const path = '/api/session';
const key = ['session'];

function read(body: unknown): Session {
  if (!isRecord(body)) throw new ApiError(0, 'CONSOLE', 'The kernel answered without a session.');
  const { state, user, csrf, hasPassword } = body;
  if (typeof csrf === 'string') setCsrfToken(csrf);
  return {
    isSignedIn: state === 'signed-in',
    hasPassword: hasPassword === true,
    user: typeof user === 'string' ? user : null,
  };
}

/** Who is signed in; read again when an answer says that nobody is. */
export function useSession(): UseQueryResult<Session> {
  const queries = useQueryClient();
  useEffect(() => onSignedOut(() => void queries.invalidateQueries({ queryKey: key })), [queries]);
  return useQuery({
    queryKey: key,
    queryFn: async () => read(await request('GET', path)),
    staleTime: Infinity,
    // By a link one signs in in another tab.
    refetchOnWindowFocus: ({ state }) => (state.data?.isSignedIn === false ? 'always' : false),
  });
}

export function useSignIn() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (credential: Credential) => {
      await request('POST', path, credential);
      // What was kept may be from before the last session ended.
      await queries.invalidateQueries();
    },
  });
}

export function useSignOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await request('DELETE', path);
      queries.clear();
      window.sessionStorage.clear();
      window.location.assign('/');
    },
  });
}
