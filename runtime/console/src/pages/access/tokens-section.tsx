import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api, type Answered } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { NewToken } from './new-token.tsx';
import './access.css';

type Token = Answered<Awaited<ReturnType<typeof api.tokens.$get>>>[number];

/** The tokens that programs come in with. */
export function TokensSection() {
  const tokens = useQuery({ queryKey: ['access', 'tokens'], queryFn: () => answerOf(api.tokens.$get()) });
  return (
    <Section
      title="API tokens"
      text="A program that talks to Nexus gets a token of its own, with no more rights than it needs."
    >
      <NewToken />
      <QueryView query={tokens} what="tokens">
        {(all) =>
          all.length === 0 ? (
            <Text size="sm" c="dimmed">
              There is none yet.
            </Text>
          ) : (
            <ul className="access-list">
              {all.map((token) => (
                <TokenRow key={token.id} token={token} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Section>
  );
}

function TokenRow({ token }: { readonly token: Token }) {
  const { id, name, scopes } = token;
  const [isAsked, setAsked] = useState(false);
  const queries = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => answerOf(api.tokens[':id'].$delete({ param: { id } })),
    onSuccess: () => toastDone(`${name} is revoked`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['access'] }),
  });
  return (
    <li>
      <Stack gap={4}>
        <Group gap="xs">
          <Text fw={600} size="sm">
            {name}
          </Text>
          {scopes.map((scope) => (
            <Badge key={scope} size="sm" variant="light">
              {scope}
            </Badge>
          ))}
        </Group>
        <TokenLife token={token} />
      </Stack>
      <Button
        size="compact-sm"
        variant="default"
        onClick={() => setAsked(true)}
        aria-label={`Revoke ${name}`}
      >
        Revoke
      </Button>
      {isAsked && (
        <ConfirmByName
          title={`Revoke ${name}?`}
          text="Programs that use it are refused from then on. It cannot be brought back."
          name={name}
          action="Revoke"
          onConfirm={() => revoke.mutateAsync()}
          onClose={() => setAsked(false)}
        />
      )}
    </li>
  );
}

function TokenLife({ token: { start, createdAt, expiresAt, lastUsedAt } }: { readonly token: Token }) {
  const [now] = useState(Date.now);
  const isOver = expiresAt !== null && expiresAt < now;
  return (
    <Text size="xs" c="dimmed">
      {start}…, made <Time at={createdAt} />, {lastUsedAt === null ? 'never used' : 'used '}
      {lastUsedAt !== null && <Time at={lastUsedAt} />},{' '}
      {expiresAt === null ? 'never expires' : isOver ? 'expired ' : 'expires '}
      {expiresAt !== null && <Time at={expiresAt} />}
    </Text>
  );
}
