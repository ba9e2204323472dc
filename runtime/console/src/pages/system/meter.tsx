import { Group, Progress, Text } from '@mantine/core';

interface MeterProps {
  readonly label: string;
  readonly used: number;
  readonly total: number;
  /** What the bar says, in words. */
  readonly text: string;
}

/** From here on it is nearly full. */
const nearlyFull = 0.9;

/** How much of something is used up. */
export function Meter({ label, used, total, text }: MeterProps) {
  const share = total === 0 ? 0 : used / total;
  return (
    <div>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{label}</Text>
        <Text size="sm" c="dimmed">
          {text}
        </Text>
      </Group>
      <Progress
        mt={4}
        value={100 * share}
        color={share >= nearlyFull ? 'yellow' : 'accent'}
        aria-label={`${label}: ${text}`}
      />
    </div>
  );
}
