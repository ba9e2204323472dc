import { Center, Loader } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { Activity, useState, type ReactNode } from 'react';
import { ErrorView } from '../parts/error-view.tsx';
import { LoginPage } from './login-page.tsx';
import { useSession, type Session } from './session.ts';

/**
 * Shows the console to those who are signed in, and to all others how to. The address stays, and what was begun when a
 * session ended is there again for the same person; a console that is hidden asks the kernel for nothing.
 */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const [last, setLast] = useState<Session>();
  const isSignedIn = session.data?.isSignedIn === true;
  if (isSignedIn && last !== session.data) setLast(session.data);
  return (
    <>
      {last !== undefined && (
        <Activity key={last.user} mode={isSignedIn ? 'visible' : 'hidden'}>
          {children}
        </Activity>
      )}
      {!isSignedIn && <Gate session={session} />}
    </>
  );
}

function Gate({ session }: { readonly session: UseQueryResult<Session> }) {
  if (session.data !== undefined) return <LoginPage hasPassword={session.data.hasPassword} />;
  return (
    <Center h="100dvh" p="md">
      {session.error === null ? (
        <Loader aria-label="Loading" />
      ) : (
        <ErrorView error={session.error} onRetry={() => void session.refetch()} />
      )}
    </Center>
  );
}
