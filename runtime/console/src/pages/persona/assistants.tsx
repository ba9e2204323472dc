import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { Time } from '../../parts/time.tsx';
import { toastDone, toastError } from '../../parts/toasts.ts';
import { assistantsQuery } from '../../parts/assistants-query.ts';

/** The assistants there are, as their packages define them. */
export function Assistants() {
  const assistants = useQuery(assistantsQuery);
  const queries = useQueryClient();
  const reload = useMutation({
    mutationFn: () => answerOf(api.assistants.reload.$post()),
    onSuccess: (read) => {
      queries.setQueryData(assistantsQuery.queryKey, read);
      void queries.invalidateQueries({ queryKey: ['persona', 'preview'] });
      toastDone('The packages of assistants are read anew');
    },
    onError: toastError,
  });
  return (
    <Section
      title="Assistants"
      text="Each is defined by a package of code, and each definition that ever answered is kept. A conversation chooses its own."
    >
      <QueryView query={assistants} what="assistants" rows={1}>
        {({ assistants: all, problems }) => (
          <Stack gap="sm">
            {problems.map(({ package: from, problem }) => (
              <Text key={from} size="sm" className="persona-problem">
                {from} is not read: {problem}
              </Text>
            ))}
            <List listStyleType="none" spacing="sm">
              {all.map(({ name, title, description, version, createdAt, model, tools }) => (
                <List.Item key={name}>
                  <Text size="sm" fw={600}>
                    {title}
                  </Text>
                  {description !== '' && <Text size="sm">{description}</Text>}
                  <Text size="xs" c="dimmed" className="persona-any">
                    {name}, version {version}, since <Time at={createdAt} /> ·{' '}
                    {model ?? 'model chosen for each message'} ·{' '}
                    {tools.includes('*') ? 'all tools' : `tools: ${tools.join(', ')}`}
                  </Text>
                </List.Item>
              ))}
            </List>
            <Group>
              <Button
                size="compact-sm"
                variant="default"
                loading={reload.isPending}
                onClick={() => reload.mutate()}
              >
                Read packages anew
              </Button>
            </Group>
          </Stack>
        )}
      </QueryView>
    </Section>
  );
}
