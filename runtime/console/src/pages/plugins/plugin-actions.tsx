import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import type { Plugin } from '../../../../contract/api.ts';
import { answerOf, api } from '../../api/client.ts';
import { ConfirmByName } from '../../parts/confirm-by-name.tsx';
import { toastDone } from '../../parts/toasts.ts';
import { usePluginAction } from './plugin-queries.ts';

/** What can be done with a plugin as a whole. */
export function PluginActions({ plugin: { name, enabled } }: { readonly plugin: Plugin }) {
  const [isRemoving, setRemoving] = useState(false);
  const param = { param: { name } };
  const route = api.plugins[':name'];
  const check = usePluginAction(
    async () => {
      const { lastCheck } = await answerOf(route.health.$post(param));
      if (lastCheck?.isOk === false) throw new Error(`${name} did not pass the check: ${lastCheck.words}`);
    },
    () => `${name} answered the check`,
  );
  const restart = usePluginAction(
    () => answerOf(route.restart.$post(param)),
    () => `${name} is stopped; the next call starts it afresh`,
  );
  const toggle = usePluginAction(
    () => answerOf(enabled ? route.disable.$post(param) : route.enable.$post(param)),
    () => (enabled ? `${name} is disabled` : `${name} is enabled`),
  );
  return (
    <Group gap="xs">
      {enabled && (
        <>
          <Button variant="default" loading={check.isPending} onClick={() => check.mutate()}>
            Check now
          </Button>
          <Button variant="default" loading={restart.isPending} onClick={() => restart.mutate()}>
            Restart
          </Button>
        </>
      )}
      <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
        {enabled ? 'Disable' : 'Enable'}
      </Button>
      <Button variant="default" onClick={() => setRemoving(true)}>
        Remove
      </Button>
      {isRemoving && <RemovePlugin name={name} onClose={() => setRemoving(false)} />}
    </Group>
  );
}

function RemovePlugin({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const [isPurge, setPurge] = useState(false);
  const [, go] = useLocation();
  const queries = useQueryClient();
  return (
    <ConfirmByName
      title={`Remove ${name}?`}
      name={name}
      action="Remove"
      text={
        <Stack gap="xs" component="span">
          <Text size="sm" component="span">
            Its manifest, its settings with their secrets, and what was agreed to are deleted. What it wrote
            stays, unless you say so.
          </Text>
          <Checkbox
            label="Delete its data, and bundles that nobody else uses, too"
            checked={isPurge}
            onChange={(event) => setPurge(event.currentTarget.checked)}
          />
        </Stack>
      }
      onConfirm={async () => {
        await answerOf(
          api.plugins[':name'].$delete({ param: { name }, query: { purge: isPurge ? 'true' : 'false' } }),
        );
        toastDone(`${name} is removed`);
        go('/plugins');
        queries.removeQueries({ queryKey: ['plugins', name] });
        await queries.invalidateQueries({ queryKey: ['plugins'] });
      }}
      onClose={onClose}
    />
  );
}
