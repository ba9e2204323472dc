import { Button, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { BundleDrop } from './bundle-drop.tsx';
import { sourceOf, ways, type ImportSource, type Way } from './import-source.ts';
import { useUnsaved } from '../../parts/use-unsaved.ts';
import { Section } from '../../parts/section.tsx';

interface SourceFormProps {
  readonly isBusy: boolean;
  /** `upload` names the file among those that were given, when it came from the browser. */
  readonly onChoose: (source: ImportSource, upload: string | null) => void;
}

const bundle = { key: 'bundle', title: '.mcpb file' } as const;

/** Where the plugin comes from. */
export function SourceForm({ isBusy, onChoose }: SourceFormProps) {
  const [way, setWay] = useState<Way | typeof bundle.key>('config');
  const [written, setWritten] = useState('');
  useUnsaved(written.trim() !== '', '/plugins/add');
  const asked = ways.find(({ key }) => key === way);
  const source = way === bundle.key ? null : sourceOf(way, written);
  return (
    <Section title="What to add">
      <SegmentedControl
        className="source-ways"
        aria-label="Where it comes from"
        data={[...ways, bundle].map(({ key, title }) => ({ value: key, label: title }))}
        value={way}
        onChange={(next) => {
          setWay(next);
          setWritten('');
        }}
      />
      {asked === undefined ? (
        <BundleDrop isBusy={isBusy} onUploaded={(file, name) => onChoose({ file }, name)} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (source !== null) onChoose(source, null);
          }}
        >
          <Stack gap="sm">
            <Text size="sm" c="dimmed">
              {asked.text}
            </Text>
            <Textarea
              label={asked.label}
              placeholder={asked.example}
              value={written}
              onChange={({ currentTarget }) => setWritten(currentTarget.value)}
              autosize
              minRows={asked.key === 'config' ? 6 : asked.key === 'command' ? 3 : 1}
              maxRows={20}
              spellCheck={false}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            />
            <Group>
              <Button type="submit" disabled={source === null} loading={isBusy}>
                See what it would do
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Section>
  );
}
