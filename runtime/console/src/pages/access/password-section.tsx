import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toastDone } from '../../parts/toasts.ts';

/** As the kernel asks for it. */
const fewestChars = 8;

/** Sets the password, or another one. */
export function PasswordSection() {
  const session = useQuery({ queryKey: ['access', 'own'], queryFn: () => answerOf(api.session.$get()) });
  return (
    <Section
      title="Password"
      text="With a password you sign in without a link from the terminal. Setting one signs out all other browsers."
    >
      <QueryView query={session} what="the session" rows={2}>
        {({ hasPassword }) => <PasswordForm hasPassword={hasPassword} />}
      </QueryView>
    </Section>
  );
}

function PasswordForm({ hasPassword }: { readonly hasPassword: boolean }) {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const change = useSetPassword(() => {
    setCurrent('');
    setPassword('');
    setAgain('');
  });
  const isShort = password !== '' && password.length < fewestChars;
  const isOther = again !== '' && again !== password;
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    change.mutate({ password, ...(current === '' ? {} : { current }) });
  };
  return (
    <Stack component="form" maw={420} onSubmit={submit}>
      {hasPassword && (
        <PasswordInput
          label="Current password"
          description="Not needed when you came in by a fresh link."
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label="New password"
        autoComplete="new-password"
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={isShort ? `At least ${fewestChars} characters` : undefined}
      />
      <PasswordInput
        label="New password again"
        autoComplete="new-password"
        value={again}
        onChange={(event) => setAgain(event.currentTarget.value)}
        error={isOther ? 'Not the same' : undefined}
      />
      {change.error !== null && <ErrorView error={change.error} />}
      <Group>
        <Button
          type="submit"
          loading={change.isPending}
          disabled={password.length < fewestChars || again !== password}
        >
          {hasPassword ? 'Change the password' : 'Set the password'}
        </Button>
        {!hasPassword && (
          <Text size="sm" c="dimmed">
            None is set.
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function useSetPassword(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: { readonly password: string; readonly current?: string }) =>
      answerOf(api.password.$put({ json })),
    onSuccess: async () => {
      onDone();
      toastDone('The password is set');
      await queries.invalidateQueries({ queryKey: ['access'] });
    },
  });
}
