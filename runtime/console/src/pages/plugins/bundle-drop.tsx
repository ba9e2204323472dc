import { Group, Stack, Text } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { useMutation } from '@tanstack/react-query';
import { IconPackage } from '@tabler/icons-react';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';

interface BundleDropProps {
  readonly isBusy: boolean;
  /** With where it is on the kernel's machine. */
  readonly onUploaded: (file: string) => void;
}

/** Takes an MCP bundle from the browser's machine into the workspace. */
export function BundleDrop({ isBusy, onUploaded }: BundleDropProps) {
  const upload = useMutation({
    mutationFn: async (file: File) => {
      const [{ path }, { paths }] = await Promise.all([
        answerOf(api.files.$post({ form: { file } })),
        answerOf(api.doctor.$get()),
      ]);
      return `${paths['workspace'] ?? ''}/${path}`;
    },
    onSuccess: onUploaded,
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
              It is put into the workspace and read; nothing of it runs.
            </Text>
          </div>
        </Group>
      </Dropzone>
      {upload.error !== null && <ErrorView error={upload.error} />}
    </Stack>
  );
}
