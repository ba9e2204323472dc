import { Button, FileInput, List, PasswordInput, Stack, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { SettingsImported } from '../../../../contract/settings-api.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Section } from '../../parts/section.tsx';

/** All settings out of here, and into here. */
export function SettingsFile() {
  return (
    <Stack>
      <Export />
      <Import />
    </Stack>
  );
}

const passphraseText = 'Only with one are keys and other secrets in the file, which is encrypted then.';

function Export() {
  const [passphrase, setPassphrase] = useState('');
  const write = useMutation({
    mutationFn: () => answerOf(api.settings.export.$post({ json: passphrase === '' ? {} : { passphrase } })),
    onSuccess: ({ text }) => saveAs(passphrase === '' ? 'nexus-settings.json' : 'nexus-settings.age', text),
  });
  return (
    <Section title="Export" text="All that was set, as a file: to keep, or for another Nexus.">
      <PasswordInput
        label="Passphrase"
        description={passphraseText}
        maw={420}
        autoComplete="new-password"
        value={passphrase}
        onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the passphrase', tabIndex: 0 }}
      />
      {write.error !== null && <ErrorView error={write.error} />}
      <Button w="fit-content" variant="default" loading={write.isPending} onClick={() => write.mutate()}>
        {passphrase === '' ? 'Export without secrets' : 'Export with secrets, encrypted'}
      </Button>
    </Section>
  );
}

function saveAs(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

function Import() {
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const queries = useQueryClient();
  const read = useMutation({
    mutationFn: async (chosen: File) => {
      const json = { text: await chosen.text(), ...(passphrase !== '' && { passphrase }) };
      return await answerOf(api.settings.import.$post({ json }));
    },
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Section
      title="Import"
      text="Sets what an exported file holds, all of it or nothing. It can be undone under “What was changed”."
    >
      <FileInput
        label="File"
        placeholder="Choose a file"
        maw={420}
        clearable
        clearButtonProps={{ 'aria-label': 'Choose no file' }}
        accept=".json,.age,.txt"
        value={file}
        onChange={setFile}
      />
      <PasswordInput
        label="Passphrase of the file"
        description="When it is encrypted."
        maw={420}
        autoComplete="off"
        value={passphrase}
        onChange={({ currentTarget }) => setPassphrase(currentTarget.value)}
        visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the passphrase of the file', tabIndex: 0 }}
      />
      {read.error !== null && <ErrorView error={read.error} />}
      <Button
        w="fit-content"
        variant="default"
        disabled={file === null}
        loading={read.isPending}
        onClick={() => file !== null && read.mutate(file)}
      >
        Import
      </Button>
      {read.data !== undefined && <Imported {...read.data} />}
    </Section>
  );
}

function Imported({ changed, undeclared, unknown, leftOut }: SettingsImported) {
  return (
    <div role="status">
      <Text size="sm">
        {changed.length === 0 ? 'Nothing is different from what is set.' : `Changed: ${changed.length}.`}
      </Text>
      <Keys title="Kept until a plugin declares them:" keys={undeclared} />
      <Keys
        title="Not set, because there is no such setting:"
        keys={unknown.map(({ key, nearest }) => (nearest === null ? key : `${key} (perhaps ${nearest})`))}
      />
      <Keys title="Secrets that the file names and does not hold:" keys={leftOut} />
    </div>
  );
}

function Keys({ title, keys }: { readonly title: string; readonly keys: readonly string[] }) {
  if (keys.length === 0) return null;
  return (
    <>
      <Text size="sm">{title}</Text>
      <List size="sm">
        {keys.map((key) => (
          <List.Item key={key}>{key}</List.Item>
        ))}
      </List>
    </>
  );
}
