import { Tooltip } from '@mantine/core';
import { Link, useLocation } from 'wouter';
import { routes, sections, type Route } from '../routes.ts';
import { useWaitingCounts } from './waiting-counts.ts';

interface NavigationLinksProps {
  /** Whether names are shown only on hover and focus. */
  readonly isRail?: boolean;
  /** Of a drawer, whose place in the history a link takes. */
  readonly onLeave?: () => void;
}

/** All pages by section. */
export function NavigationLinks({ isRail = false, onLeave }: NavigationLinksProps) {
  return sections.map((section) => {
    const shown = routes.flatMap(({ path, nav }) => (nav?.section === section ? [{ path, nav }] : []));
    if (shown.length === 0) return null;
    return (
      <div key={section} className="shell-section" role="group" aria-label={section}>
        <div className="shell-section-title" aria-hidden>
          {section}
        </div>
        {shown.map(({ path, nav }) => (
          <NavigationLink key={path} path={path} nav={nav} isRail={isRail} {...(onLeave && { onLeave })} />
        ))}
      </div>
    );
  });
}

interface NavigationLinkProps extends NavigationLinksProps {
  readonly path: string;
  readonly nav: NonNullable<Route['nav']>;
}

/** A link that knows whether its page, or one below it, is open. */
export function NavigationLink({ path: route, nav, isRail = false, onLeave }: NavigationLinkProps) {
  const { title, icon: Icon, to = route } = nav;
  const { [to]: waiting = 0 } = useWaitingCounts();
  const [path] = useLocation();
  const isHere = path === to || path.startsWith(`${to}/`);
  const name = waiting > 0 ? `${title}, ${waiting} waiting` : title;
  return (
    <Tooltip label={name} position="right" disabled={!isRail}>
      <Link
        href={to}
        className={isHere ? 'shell-link is-active' : 'shell-link'}
        {...(isRail && { 'aria-label': name })}
        {...(isHere && { 'aria-current': 'page' as const })}
        {...(onLeave && { onClick: onLeave, replace: true })}
      >
        <Icon size={20} stroke={1.7} aria-hidden />
        <span className="shell-link-title">{title}</span>
        {waiting > 0 && (
          <span className="shell-count">
            {waiting}
            <span className="visually-hidden"> waiting</span>
          </span>
        )}
      </Link>
    </Tooltip>
  );
}
