import { Drawer } from '@mantine/core';
import { IconMenu2 } from '@tabler/icons-react';
import { useDrawer } from '../parts/use-drawer.ts';
import { routes } from '../routes.ts';
import { AccountMenu } from './account-menu.tsx';
import { NavigationLink, NavigationLinks } from './navigation-links.tsx';

/** The navigation of a phone: the pages used most, and a drawer with all of them. */
export function BottomBar() {
  const { isOpen, open, close, leave } = useDrawer();
  const shown = routes.flatMap(({ path, nav }) => (nav?.isInBar === true ? [{ path, nav }] : []));
  return (
    <nav className="shell-bar" aria-label="Pages">
      {shown.map(({ path, nav }) => (
        <NavigationLink key={path} path={path} nav={nav} />
      ))}
      <button type="button" className="shell-link" onClick={open} aria-haspopup="dialog">
        <IconMenu2 size={20} stroke={1.7} aria-hidden />
        <span className="shell-link-title">More</span>
      </button>
      <Drawer opened={isOpen} onClose={close} title="All pages" position="right" size="18rem">
        <nav className="shell-drawer" aria-label="All pages">
          <NavigationLinks onLeave={leave} />
          <AccountMenu />
        </nav>
      </Drawer>
    </nav>
  );
}
