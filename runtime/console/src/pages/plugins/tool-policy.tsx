import { Group, NativeSelect } from '@mantine/core';
import type { Tool, ToolPolicyChange } from '../../../../contract/api.ts';
import { answerOf, api } from '../../api/client.ts';
import { usePluginAction } from './plugin-queries.ts';

const unsaid = { value: '', label: 'Not said: as careful as can be' } as const;
const effects = [
  unsaid,
  { value: 'read', label: 'It only reads' },
  { value: 'idempotent', label: 'It changes; twice is the same as once' },
  { value: 'reversible', label: 'It changes; can be taken back' },
  { value: 'irreversible', label: 'It changes; cannot be taken back' },
] as const;
const approvals = [
  { value: '', label: 'As the settings say for its effect' },
  { value: 'always', label: 'A person allows each run' },
  { value: 'never', label: 'Nobody is asked' },
] as const;

/** How the manifest says that a tool is treated, to be changed in place. */
export function ToolPolicy({ tool: { plugin, tool, policy } }: { readonly tool: Tool }) {
  const change = usePluginAction(
    (said: Omit<ToolPolicyChange, 'tool'>) =>
      answerOf(
        api.plugins[':name']['tool-policy'].$patch({ param: { name: plugin }, json: { tool, ...said } }),
      ),
    () => `${tool}: written into the manifest`,
  );
  return (
    <Group gap="sm" mt={4} className="tool-policy">
      <NativeSelect
        size="xs"
        label="Effect"
        aria-label={`Effect of ${tool}`}
        data={[...effects]}
        value={policy.effect ?? ''}
        disabled={change.isPending}
        onChange={({ currentTarget: { value } }) =>
          change.mutate({ effect: effects.find((one) => one.value === value)?.value || null })
        }
      />
      <NativeSelect
        size="xs"
        label="Approval"
        aria-label={`Approval of ${tool}`}
        data={[...approvals]}
        value={policy.approval ?? ''}
        disabled={change.isPending}
        onChange={({ currentTarget: { value } }) =>
          change.mutate({ approval: approvals.find((one) => one.value === value)?.value || null })
        }
      />
    </Group>
  );
}
