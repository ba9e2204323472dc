import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconCheck } from '@tabler/icons-react';
import { ErrorView } from '../../parts/error-view.tsx';
import { lengthOf } from '../../parts/time.tsx';
import { countTools } from './mcp-probe.ts';

/** Does what a client does: connects with the token and asks for the tools. */
export function ConnectCheck({ token }: { readonly token: string | null }) {
  const check = useMutation({
    mutationFn: async (given: string) => {
      const begun = performance.now();
      return { tools: await countTools(given), tookMs: performance.now() - begun };
    },
  });
  return (
    <Paper withBorder radius="lg" p="md" component="section">
      <Stack gap="sm">
        <Title order={2} size="h4">
          3. Check
        </Title>
        <Text size="sm">Connects as a client does, with the token above, and asks for the tools.</Text>
        <Button
          w="fit-content"
          variant="default"
          disabled={token === null}
          loading={check.isPending}
          onClick={() => token !== null && check.mutate(token)}
        >
          {token === null ? 'Make a token first' : 'Check the connection'}
        </Button>
        {check.data !== undefined && (
          <Alert color="teal" icon={<IconCheck aria-hidden />} role="status">
            It works: {check.data.tools} tools, in {lengthOf(check.data.tookMs)}.
          </Alert>
        )}
        {check.error !== null && <ErrorView error={check.error} />}
      </Stack>
    </Paper>
  );
}
