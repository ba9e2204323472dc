import { Select } from '@mantine/core';
import { useModels } from '../../parts/use-models.ts';

const byRouter = 'Model: chosen for each message';

interface ModelSelectProps {
  readonly value: string | null;
  /** Null: the router chooses. */
  readonly onChange: (model: string | null) => void;
}

/** Which model answers in a thread. */
export function ModelSelect({ value, onChange }: ModelSelectProps) {
  const models = useModels();
  const offered = models.data?.models.map(({ model }) => model) ?? [];
  // One that is not offered any more stays what was chosen.
  const data = [...new Set(value === null ? offered : [...offered, value])];
  return (
    <Select
      className="chat-model"
      aria-label="Model"
      placeholder={byRouter}
      data={data}
      value={value}
      onChange={onChange}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Let the router choose' }}
      nothingFoundMessage={models.isPending ? 'Asking the providers…' : 'No provider offers such a model'}
      size="xs"
    />
  );
}
