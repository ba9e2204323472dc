import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { assistantsQuery } from '../../parts/assistants-query.ts';

interface AssistantSelectProps {
  readonly value: string;
  readonly onChange: (assistant: string) => void;
}

/** Who answers in a thread; absent where there is nobody else. */
export function AssistantSelect({ value, onChange }: AssistantSelectProps) {
  const { data: known } = useQuery(assistantsQuery);
  const offered = known?.assistants.map(({ name, title }) => ({ value: name, label: title })) ?? [];
  // One whose package is gone goes on answering.
  const isGone = !offered.some((one) => one.value === value);
  const data = isGone ? [...offered, { value, label: value }] : offered;
  if (known === undefined || data.length < 2) return null;
  return (
    <Select
      className="chat-assistant"
      aria-label="Assistant"
      data={data}
      value={value}
      onChange={(next) => onChange(next ?? value)}
      allowDeselect={false}
      size="xs"
    />
  );
}
