import { Center, Loader } from '@mantine/core';
import type { ReactNode } from 'react';
import { ErrorView } from '../parts/error-view.tsx';
import { LoginPage } from './login-page.tsx';
import { useSession } from './session.ts';

/** Shows the console to those who are signed in, and to all others how to. The address stays. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  if (session.data?.isSignedIn === true) return children;
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
