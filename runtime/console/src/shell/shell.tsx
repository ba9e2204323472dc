import { Suspense } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import { CrashBoundary } from '../parts/crash-boundary.tsx';
import { Loading } from '../parts/loading.tsx';
import { home, routes } from '../routes.ts';
import { BottomBar } from './bottom-bar.tsx';
import { LinkBanner } from './link-banner.tsx';
import { NotFound } from './not-found.tsx';
import { SideNavigation } from './side-navigation.tsx';
import './shell.css';

/** The frame around all pages: navigation beside them, below them on a phone. */
export function Shell() {
  const [path] = useLocation();
  return (
    <div className="shell">
      <a className="shell-skip" href="#content">
        Skip to the content
      </a>
      <SideNavigation />
      <main className="shell-main" id="content" tabIndex={-1}>
        <LinkBanner />
        <div className="shell-page">
          {/* A page that crashed is left behind with its address. */}
          <CrashBoundary key={path.split('/', 2)[1]} place={path}>
            <Suspense fallback={<PageLoading />}>
              <Switch>
                <Route path="/">
                  <Redirect to={home} replace />
                </Route>
                {routes.map((route) => (
                  <Route key={route.path} path={route.path}>
                    {(params) => <route.page params={params} />}
                  </Route>
                ))}
                <Route>
                  <NotFound />
                </Route>
              </Switch>
            </Suspense>
          </CrashBoundary>
        </div>
      </main>
      <BottomBar />
    </div>
  );
}

function PageLoading() {
  return (
    <div className="shell-loading">
      <Loading what="the page" />
    </div>
  );
}
