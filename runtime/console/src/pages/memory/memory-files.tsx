import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { answerOf, api, type Answered } from '../../api/client.ts';
import { QueryView } from '../../parts/query-view.tsx';
import { Section } from '../../parts/section.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { useChange } from '../../parts/use-change.ts';
import { FileEditor } from './file-editor.tsx';
import { trustLook } from './trust-look.ts';
import './memory.css';

type MemoryFile = Answered<Awaited<ReturnType<typeof api.memories.file.$get>>>;

const files = [
  { path: 'USER.md', text: 'Who you are. Told in every conversation.' },
  { path: 'MEMORY.md', text: 'What is worth knowing. Of a long one, what bears on the question is told.' },
] as const;

/** The files of the workspace that assistants are told; until a person vouches for what is in one, it is only data. */
export function MemoryFiles() {
  return (
    <Stack>
      {files.map((file) => (
        <FileSection key={file.path} {...file} />
      ))}
    </Stack>
  );
}

function FileSection({ path, text }: (typeof files)[number]) {
  const [isEdited, setEdited] = useState(false);
  const file = useQuery({ queryKey: ['memories', 'file', path], queryFn: () => readFile(path) });
  return (
    <Section title={path} text={text}>
      <QueryView query={file} what={path} rows={2}>
        {(found) =>
          isEdited ? (
            <FileEditor
              path={path}
              text={found?.text ?? ''}
              sha256={found?.sha256 ?? null}
              onClose={() => setEdited(false)}
            />
          ) : (
            <>
              {found === null ? (
                <Text size="sm" c="dimmed">
                  There is no such file in the workspace yet.
                </Text>
              ) : (
                <FileView file={found} />
              )}
              {found?.isCut !== true && (
                <Button size="compact-sm" variant="default" w="fit-content" onClick={() => setEdited(true)}>
                  {found === null ? `Write ${path}` : `Edit ${path}`}
                </Button>
              )}
            </>
          )
        }
      </QueryView>
    </Section>
  );
}

function FileView({ file }: { readonly file: MemoryFile }) {
  const { path, text, sha256, isCut, trusted } = file;
  const trust = useChange(
    'memories',
    () => answerOf(api.memories.file.trust.$post({ json: { path, sha256 } })),
    `${path} counts as yours until it changes`,
  );
  const { tone, label } = trustLook(trusted ? 'person' : 'untrusted');
  return (
    <Stack>
      {text === '' ? (
        <Text size="sm" c="dimmed">
          It is empty.
        </Text>
      ) : (
        <pre className="memory-file" tabIndex={0} role="group" aria-label={path}>
          {text}
        </pre>
      )}
      {isCut && (
        <Text size="sm" c="dimmed">
          It is longer than what is shown.
        </Text>
      )}
      <Group>
        <StatePill state="trust" tone={tone} label={label} />
        {!trusted && text !== '' && (
          <Button size="compact-sm" variant="light" loading={trust.isPending} onClick={() => trust.mutate()}>
            Stand behind this content
          </Button>
        )}
      </Group>
    </Stack>
  );
}

/** Null when there is no such file. */
async function readFile(path: string): Promise<MemoryFile | null> {
  try {
    return await answerOf(api.memories.file.$get({ query: { path } }));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'MEMORY_FILE_CHANGED') return null;
    throw error;
  }
}
