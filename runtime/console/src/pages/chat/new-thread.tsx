import { Anchor, Button, Code, Stack, Text, Title } from '@mantine/core';
import { IconKey, IconMessages } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { answerOf, api } from '../../api/client.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Composer, type Said } from './composer.tsx';
import { AssistantSelect } from './assistant-select.tsx';
import { ModelSelect } from './model-select.tsx';

const starters = [
  'What can you do with the tools you have?',
  'What is in my workspace?',
  'Which plugins run here, and what may they touch?',
];

/** The assistant that answers when none is named, as in the kernel's contract of assistants. */
const defaultAssistant = 'nexus';

/** Where a thread begins: with the first thing that is said. */
export function NewThread({ showThreads }: { readonly showThreads: ReactNode }) {
  const [, go] = useLocation();
  const queries = useQueryClient();
  const [model, setModel] = useState<string | null>(null);
  const [assistant, setAssistant] = useState(defaultAssistant);
  const settings = useQuery({ queryKey: ['settings'], queryFn: () => answerOf(api.settings.$get()) });
  const isReady = settings.data?.some(
    ({ definition, isSet }) => definition.key === 'models.default' && isSet,
  );
  const begin = useMutation({
    mutationFn: async ({ content }: Said) => {
      // In one request: what is refused leaves no empty thread.
      const { id } = await answerOf(api.threads.$post({ json: { assistant, model, content } }));
      return id;
    },
    onSuccess: (id) => {
      void queries.invalidateQueries({ queryKey: ['threads'] });
      go(`/chat/${id}`);
    },
  });
  return (
    <section className="chat-view" aria-label="New chat">
      <header className="chat-header">
        {showThreads}
        <Title order={1} size="h4">
          New chat
        </Title>
        <AssistantSelect value={assistant} onChange={setAssistant} />
        <ModelSelect value={model} onChange={setModel} />
      </header>
      <div className="chat-start">
        {isReady === false ? (
          <NoModel />
        ) : (
          <Starters
            isBusy={begin.isPending || begin.isSuccess}
            onSay={(text) => begin.mutate({ content: [{ type: 'text', text }] })}
          />
        )}
        {begin.error !== null && <ErrorView error={begin.error} />}
      </div>
      <Composer keptAs="new" isBusy={begin.isPending} onSend={(said) => begin.mutateAsync(said)} />
    </section>
  );
}

function NoModel() {
  return (
    <EmptyState
      icon={IconKey}
      title="Choose a model first"
      text="The assistant needs a language model: a key of Anthropic, OpenAI, Gemini or OpenRouter, or Ollama on this machine. Everything else is ready."
    >
      <Button component={Link} href="/models">
        Set up a model
      </Button>
      <Text size="sm" c="dimmed">
        Slash commands work without one: type <b>/</b> below. See the{' '}
        <Anchor component={Link} href="/plugins">
          plugins
        </Anchor>
        .
      </Text>
      <ComeBack />
    </EmptyState>
  );
}

/** How to come in the next time: whoever has no password came by a link that is used up now. */
function ComeBack() {
  const session = useQuery({ queryKey: ['access', 'own'], queryFn: () => answerOf(api.session.$get()) });
  if (session.data?.hasPassword !== false) return null;
  return (
    <Text size="sm" c="dimmed" maw={480}>
      The link you came by is used up.{' '}
      <Anchor component={Link} href="/access">
        Set a password
      </Anchor>{' '}
      to come back without the terminal, or stay with links: <Code>npx nexus login</Code> prints the next one.
    </Text>
  );
}

interface StartersProps {
  readonly isBusy: boolean;
  readonly onSay: (text: string) => void;
}

function Starters({ isBusy, onSay }: StartersProps) {
  return (
    <EmptyState
      icon={IconMessages}
      title="What shall be done?"
      text="The assistant uses the tools of your plugins. What cannot be taken back waits for your answer."
    >
      <Stack gap="xs" mt="sm">
        {starters.map((text) => (
          <Button
            key={text}
            className="chat-starter"
            variant="default"
            disabled={isBusy}
            onClick={() => onSay(text)}
          >
            {text}
          </Button>
        ))}
      </Stack>
    </EmptyState>
  );
}
