import { Group, Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { useMutation } from '@tanstack/react-query';
import { IconPackage } from '@tabler/icons-react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';

interface BundleDropProps {
  readonly isBusy: boolean;
  /** With where it is on the kernel's machine, and its name among the files that were given. */
  readonly onUploaded: (file: string, name: string) => void;
}

/** Takes an MCP bundle from the browser's machine into the workspace. */
export function BundleDrop({ isBusy, onUploaded }: BundleDropProps) {
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const [{ path, name }, { paths }] = await Promise.all([
        answerOf(api.files.$post({ form: { file } })),
        answerOf(api.doctor.$get()),
      ]);
      return { file: `${paths['workspace'] ?? ''}/${path}`, name };
    },
    onSuccess: ({ file, name }) => onUploaded(file, name),
  });
  return (
    <Stack gap="sm">
      <Dropzone
        multiple={false}
        loading={isBusy || upload.isPending}
        onDrop={([file]: readonly File[]) => {
          if (file !== undefined) upload.mutate(file);
        }}
        inputProps={{ 'aria-label': 'MCP bundle' }}
      >
        <Group justify="center" gap="md" mih={120} style={{ pointerEvents: 'none' }}>
          <IconPackage size={36} stroke={1.5} aria-hidden />
          <div>
            <Text fw={600}>Drop an .mcpb file here, or press to choose one</Text>
            <Text size="sm" c="dimmed">
              It is read; nothing of it runs.
            </Text>
          </div>
        </Group>
      </Dropzone>
      {upload.error !== null && <ErrorView error={upload.error} />}
    </Stack>
  );
}
