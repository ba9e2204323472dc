import { Button, Center, Code, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { ErrorView } from '../parts/error-view.tsx';
import { useSignIn, type Credential } from './session.ts';

const linkPattern = /^#login=(?<code>.+)$/;

/** The code of a printed link; it is taken out of the address, so that it is in no history. */
function takeLinkCode(): string | undefined {
  const code = linkPattern.exec(window.location.hash)?.groups?.['code'];
  if (code === undefined) return undefined;
  window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return code;
}

/** With what was said one signs in: a whole link, or what else is asked for. */
function credentialOf(said: string, hasPassword: boolean): Credential {
  const code = /#login=(?<code>\S+)/.exec(said)?.groups?.['code'];
  if (code !== undefined) return { code };
  return hasPassword ? { password: said } : { code: said.trim() };
}

export function LoginPage({ hasPassword }: { readonly hasPassword: boolean }) {
  const signIn = useSignIn();
  const { mutate } = signIn;
  const [said, setSaid] = useState('');
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    document.title = 'Sign in · Nexus';
    const open = (): void => {
      const code = takeLinkCode();
      if (code !== undefined) mutate({ code });
    };
    open();
    // A link that is opened in the tab of this page changes its address only.
    window.addEventListener('hashchange', open);
    return () => window.removeEventListener('hashchange', open);
  }, [mutate]);
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    if (said.trim() !== '') mutate(credentialOf(said, hasPassword));
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper component="form" withBorder radius="lg" p="xl" w="100%" maw={420} onSubmit={submit}>
        <Stack>
          <img src="/nexus.svg" alt="" width={44} height={44} />
          <Title order={1} size="h2">
            Sign in to Nexus
          </Title>
          {hasPassword ? (
            <PasswordInput
              label="Password"
              description="Or a login link."
              autoComplete="current-password"
              value={said}
              onChange={(event) => setSaid(event.currentTarget.value)}
              ref={field}
            />
          ) : (
            <TextInput
              label="Login link"
              description="No password is set. Open the link that the kernel printed at its start, or paste it here."
              autoComplete="off"
              ref={field}
              value={said}
              onChange={(event) => setSaid(event.currentTarget.value)}
            />
          )}
          {signIn.error !== null && <ErrorView error={signIn.error} />}
          <Button type="submit" loading={signIn.isPending} disabled={said.trim() === ''}>
            Sign in
          </Button>
          <Text size="sm" c="dimmed">
            The command <Code>npx nexus login</Code> prints a fresh link.
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}
