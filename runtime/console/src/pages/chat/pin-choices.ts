import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Pin } from '../../../../contract/context.ts';
import { answerOf, api } from '../../api/client.ts';

const mostOffered = '500';

export const words: Readonly<Record<Pin['kind'], string>> = {
  memory: 'Memory',
  skill: 'Skill',
  file: 'File',
};

export const memoriesQuery = queryOptions({
  queryKey: ['memories', 'pins'],
  queryFn: () => answerOf(api.memories.$get({ query: { limit: mostOffered } })),
  staleTime: 0,
});

/** What can be pinned of a kind; files also by a path that is not among them. */
export function usePinChoices(
  kind: Pin['kind'],
): readonly { readonly value: string; readonly label: string }[] {
  const memories = useQuery({ ...memoriesQuery, enabled: kind === 'memory' });
  const skills = useQuery({
    queryKey: ['plugins', 'skills'],
    queryFn: () => answerOf(api.skills.$get()),
    enabled: kind === 'skill',
  });
  const files = useQuery({
    queryKey: ['files'],
    queryFn: () => answerOf(api.files.$get()),
    enabled: kind === 'file',
    staleTime: 0,
  });
  if (kind === 'memory') return memories.data?.map(({ id, text }) => ({ value: id, label: text })) ?? [];
  if (kind === 'skill') return skills.data?.map(({ name }) => ({ value: name, label: name })) ?? [];
  return files.data?.map(({ path }) => ({ value: path, label: path })) ?? [];
}
