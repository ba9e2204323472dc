import { Alert, Button, Checkbox, Code, Group, Select, Stack, TextInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { answerOf, api } from '../../api/client.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { ErrorView } from '../../parts/error-view.tsx';

type Right = 'read' | 'chat' | 'tools' | 'admin';

const choices: readonly { readonly value: Right; readonly label: string; readonly description: string }[] = [
  { value: 'read', label: 'read', description: 'See everything but secrets' },
  { value: 'chat', label: 'chat', description: 'Talk to the assistant' },
  { value: 'tools', label: 'tools', description: 'Run tools, connect MCP clients' },
  { value: 'admin', label: 'admin', description: 'Everything, approvals and settings too' },
];
const lives = [
  { value: '7', label: 'in a week' },
  { value: '30', label: 'in 30 days' },
  { value: '90', label: 'in 90 days' },
  { value: '365', label: 'in a year' },
  { value: 'never', label: 'never' },
];

/** Makes a token, and shows it once. */
export function NewToken() {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Right[]>(['tools']);
  const [life, setLife] = useState('90');
  const make = useMakeToken(() => setName(''));
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const expiresInDays = life === 'never' ? null : Number(life);
    make.mutate({ name: name.trim(), scopes: [...scopes], expiresInDays });
  };
  return (
    <Stack component="form" onSubmit={submit}>
      <Group align="flex-end" gap="md">
        <TextInput
          label="Name"
          placeholder="Where it is used"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label="Expires"
          data={lives}
          value={life}
          allowDeselect={false}
          onChange={(value) => setLife(value ?? '90')}
        />
      </Group>
      <RightsChoice scopes={scopes} onChange={setScopes} />
      {make.error !== null && <ErrorView error={make.error} />}
      <Group>
        <Button type="submit" loading={make.isPending} disabled={name.trim() === '' || scopes.length === 0}>
          Make a token
        </Button>
      </Group>
      {make.data !== undefined && <MadeToken name={make.data.name} token={make.data.token} />}
    </Stack>
  );
}

interface RightsChoiceProps {
  readonly scopes: readonly Right[];
  readonly onChange: (scopes: readonly Right[]) => void;
}

function RightsChoice({ scopes, onChange }: RightsChoiceProps) {
  return (
    <Checkbox.Group
      label="Rights"
      value={[...scopes]}
      onChange={(values) => onChange(choices.flatMap(({ value }) => (values.includes(value) ? [value] : [])))}
    >
      <Group mt="xs" gap="lg">
        {choices.map((choice) => (
          <Checkbox key={choice.value} {...choice} />
        ))}
      </Group>
    </Checkbox.Group>
  );
}

function MadeToken({ name, token }: { readonly name: string; readonly token: string }) {
  return (
    <Alert icon={<IconKey size={18} aria-hidden />} title={`The token ${name}`}>
      <Group gap="xs" wrap="nowrap">
        <Code className="access-token">{token}</Code>
        <CopyButton value={token} label="Copy the token" />
      </Group>
      It is shown this once. Send it as a bearer token.
    </Alert>
  );
}

interface Wanted {
  readonly name: string;
  readonly scopes: Right[];
  readonly expiresInDays: number | null;
}

function useMakeToken(onDone: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (json: Wanted) => answerOf(api.tokens.$post({ json })),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ queryKey: ['access'] });
    },
  });
}
