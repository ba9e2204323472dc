import { Badge, List, Popover, Text, UnstyledButton } from '@mantine/core';
import type { Risk } from '../../../../contract/consent.ts';

const words = ['', 'least', 'low', 'moderate', 'raised', 'high', 'highest'] as const;

/** How much it could do if it were hostile, and from what that follows. */
export function RiskLines({ risk }: { readonly risk: Risk }) {
  return (
    <>
      <Text size="sm">
        {risk.score} of 6: how much it could do if it were hostile. It does not say that it is.
      </Text>
      <List size="sm" mt="xs">
        {risk.lines.map(({ points, text }) => (
          <List.Item key={text}>
            {points > 0 ? `+${points}` : points}: {text}
          </List.Item>
        ))}
      </List>
    </>
  );
}

/** The score as a word; pressed, it explains itself. */
export function RiskBadge({ risk, plugin }: { readonly risk: Risk; readonly plugin: string }) {
  const text = `risk ${risk.score}/6 · ${words[risk.score] ?? ''}`;
  return (
    <Popover width={320} withArrow shadow="md">
      <Popover.Target>
        <UnstyledButton aria-label={`${text}, ${plugin}. Why?`}>
          <Badge variant="outline" color="gray" className="risk-badge" data-score={risk.score}>
            {text}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <RiskLines risk={risk} />
      </Popover.Dropdown>
    </Popover>
  );
}
