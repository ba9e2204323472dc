import { Checkbox, Group, NumberInput, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { answerOf, api } from '../../api/client.ts';
import { choices, choicesFor, rulesOf, type Choice } from './lease-rules.ts';

const typingMs = 200;

/** What is allowed beside this one call. */
export interface LeaseDraft {
  readonly count: number;
  readonly hours: number;
  /** By name of an argument. */
  readonly chosen: Readonly<Record<string, Choice>>;
}

interface LeaseFormProps {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Null: this one call and no other. */
  readonly lease: LeaseDraft | null;
  readonly onChange: (lease: LeaseDraft | null) => void;
}

/** Allows later calls with the answer to this one: how many, for how long, with which arguments. */
export function LeaseForm({ tool, args, lease, onChange }: LeaseFormProps) {
  return (
    <Stack gap="sm">
      <Checkbox
        label="Allow later calls too"
        checked={lease !== null}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.checked ? { count: 10, hours: 8, chosen: {} } : null)
        }
      />
      {lease !== null && (
        <Stack gap="sm" className="approval-lease">
          <Group gap="sm">
            <NumberInput
              label="How many"
              w={130}
              min={1}
              max={1_000}
              allowDecimal={false}
              value={lease.count}
              onChange={(count) => onChange({ ...lease, count: Number(count) })}
            />
            <NumberInput
              label="For hours"
              w={130}
              min={1}
              max={720}
              value={lease.hours}
              onChange={(hours) => onChange({ ...lease, hours: Number(hours) })}
            />
          </Group>
          {Object.entries(args).map(([name, value]) => (
            <Select
              key={name}
              label={`Where “${name}” is`}
              maw={360}
              allowDeselect={false}
              data={choicesFor(value).map((choice) => ({ value: choice, label: choices[choice] }))}
              value={lease.chosen[name] ?? 'same'}
              onChange={(choice) =>
                choice !== null && onChange({ ...lease, chosen: { ...lease.chosen, [name]: choice } })
              }
            />
          ))}
          <Covered tool={tool} args={args} chosen={lease.chosen} />
        </Stack>
      )}
    </Stack>
  );
}

/** The rules in words, and how many of the last calls they would have covered. */
function Covered({ tool, args, chosen }: Pick<LeaseFormProps, 'tool' | 'args'> & Pick<LeaseDraft, 'chosen'>) {
  const [rules] = useDebouncedValue(rulesOf(args, chosen), typingMs);
  const preview = useQuery({
    queryKey: ['leases', 'preview', tool, rules],
    queryFn: () => answerOf(api.leases.preview.$post({ json: { tool, arguments: rules } })),
    retry: false,
  });
  const { data, error } = preview;
  if (error !== null) return <Text size="sm">{error.message}</Text>;
  if (data === undefined) return null;
  return (
    <Text size="sm" c="dimmed" role="status">
      {data.covers.length === 0 ? 'Calls without arguments' : data.covers.join('; ')}. Of the last{' '}
      {data.runs.length} calls it would have covered {data.covered}.
    </Text>
  );
}
