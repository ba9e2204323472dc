import { ActionIcon, Group, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useSignOut } from './session.ts';

/** Light or dark, and the way out. */
export function AccountMenu() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('dark') === 'dark';
  const signOut = useSignOut();
  const other = isDark ? 'Light colours' : 'Dark colours';
  return (
    <Group className="shell-account" gap="xs">
      <Tooltip label={other}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={other}
          onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
        >
          {isDark ? <IconSun size={19} aria-hidden /> : <IconMoon size={19} aria-hidden />}
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Sign out">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Sign out"
          onClick={() => signOut.mutate()}
        >
          <IconLogout size={19} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
