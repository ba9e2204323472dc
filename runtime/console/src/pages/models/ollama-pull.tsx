import { Anchor, Button, Group, List, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SettingValue } from '../../../../contract/setting-option.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Section } from '../../parts/section.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { providerOf, useModels } from '../../parts/use-models.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { ProgressView } from '../../parts/work/progress-view.tsx';
import { useWork } from '../../parts/work/use-work.ts';

const stops = 'The download stops when you leave; begun again, it goes on where it was. Leave the page?';

interface OllamaPullProps {
  /** Where it answers; nothing while that is not set. */
  readonly url: SettingValue | null | undefined;
}

/** The models that Ollama has, and a way to more of them. */
export function OllamaPull({ url }: OllamaPullProps) {
  const [name, setName] = useState('');
  const models = useModels();
  const queries = useQueryClient();
  const work = useWork(() => true);
  useUnsaved(work.isBusy, '/models', stops);
  const own = models.data?.models.filter(({ model }) => providerOf(model) === 'ollama') ?? [];
  const pull = async (): Promise<void> => {
    if ((await work.begin('/api/models/pull', { model: `ollama/${name.trim()}` })) === null) return;
    toastDone(`${name.trim()} is there`);
    setName('');
    await queries.invalidateQueries({ queryKey: ['models'] });
  };
  if (typeof url !== 'string' || url === '') return null;
  return (
    <Section title="Models of Ollama" text={`Of ${url}; they run there, and cost nothing.`}>
      {own.length === 0 ? (
        <Text size="sm">It has none yet. A small one to begin with: llama3.2.</Text>
      ) : (
        <List size="sm">
          {own.map(({ model, title, contextTokens }) => (
            <List.Item key={model}>
              {title}
              {contextTokens !== null && `, context of ${contextTokens.toLocaleString()} tokens`}
            </List.Item>
          ))}
        </List>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') void pull();
        }}
      >
        <Group align="flex-end" gap="sm" className="models-row">
          <TextInput
            label="Download a model"
            className="models-choice"
            placeholder="llama3.2"
            description={<LibraryLink />}
            value={name}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
          />
          <Button type="submit" variant="default" disabled={name.trim() === '' || work.isBusy}>
            Download
          </Button>
        </Group>
      </form>
      {work.isBusy && <PullProgress progress={work.progress} onCancel={work.cancel} />}
      {work.error !== null && <ErrorView error={work.error} />}
    </Section>
  );
}

function LibraryLink() {
  return (
    <>
      By its name in{' '}
      <Anchor
        href="https://ollama.com/library"
        target="_blank"
        rel="noopener noreferrer"
        underline="always"
        inherit
      >
        Ollama’s library
      </Anchor>
    </>
  );
}

function PullProgress({ progress, onCancel }: { readonly progress: string; readonly onCancel: () => void }) {
  const percent = / (?<percent>\d+) %$/.exec(progress)?.groups?.['percent'];
  return (
    <Stack gap="xs">
      <ProgressView progress={progress} onCancel={onCancel} />
      {percent !== undefined && <Progress value={Number(percent)} aria-label={progress} />}
    </Stack>
  );
}
