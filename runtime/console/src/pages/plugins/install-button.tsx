import { Button, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { isRecord } from '../../api/api-error.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { ProgressView } from '../../parts/work/progress-view.tsx';
import { useWork } from '../../parts/work/use-work.ts';

/** How many packages an answer says were installed. */
function countOf(result: unknown): number {
  const packages = isRecord(result) ? result['packages'] : null;
  return Array.isArray(packages) ? packages.length : 0;
}

/** Installs the packages that a plugin's package.json names and that are not there. */
export function InstallButton({ plugin }: { readonly plugin: string }) {
  const queries = useQueryClient();
  const work = useWork(countOf);
  const install = async (): Promise<void> => {
    await work.begin(`/api/plugins/${encodeURIComponent(plugin)}/install-deps`, {});
    await queries.invalidateQueries({ queryKey: ['plugins'] });
  };
  if (work.isBusy) return <ProgressView progress={work.progress} onCancel={work.cancel} />;
  return (
    <Stack gap="xs">
      <Button size="compact-md" variant="default" onClick={() => void install()}>
        Install its packages
      </Button>
      {work.error !== null && <ErrorView error={work.error} />}
      {work.result !== null && (
        <Text size="sm" role="status">
          {work.result === 0 ? 'Nothing was missing.' : `${work.result} packages were installed.`}
        </Text>
      )}
    </Stack>
  );
}
