import { useMediaQuery } from '@mantine/hooks';
import { Link } from 'wouter';
import { home } from '../routes.ts';
import { AccountMenu } from './account-menu.tsx';
import { NavigationLinks } from './navigation-links.tsx';

/** Beside the page: with names on a desktop, icons only on a tablet, not there on a phone. */
export function SideNavigation() {
  const isRail = useMediaQuery('(max-width: 1024px)', window.matchMedia('(max-width: 1024px)').matches);
  return (
    <nav className="shell-nav" aria-label="Pages">
      <Link href={home} className="shell-brand">
        <img src="/nexus.svg" alt="" width={28} height={28} />
        <span className="shell-link-title">Nexus</span>
        <span className="visually-hidden">: to the chat</span>
      </Link>
      <div className="shell-links">
        <NavigationLinks isRail={isRail} />
      </div>
      <AccountMenu />
    </nav>
  );
}
