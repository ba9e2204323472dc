import {
  IconAdjustments,
  IconArchive,
  IconBrain,
  IconCalendarTime,
  IconChecklist,
  IconCpu,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconMessages,
  IconPlug,
  IconHeartbeat,
  IconLogs,
  IconPlugConnected,
  IconSchool,
  IconTimeline,
  IconUserCircle,
  type Icon,
} from '@tabler/icons-react';
import { lazy, type ComponentType, type LazyExoticComponent } from 'react';
import { loadPart } from './api/load-part.ts';
import type { PageParams } from './parts/page.tsx';

/** The sections of the navigation, in their order. */
export const sections = ['Work', 'Watch', 'Set up'] as const;

/** One page of the console. */
export interface Route {
  /** As wouter reads it; `:name` and `:name?` are parameters. */
  readonly path: string;
  readonly page: LazyExoticComponent<ComponentType<PageParams>>;
  /** Where the navigation shows it; absent for pages that other pages lead to. */
  readonly nav?: {
    readonly section: (typeof sections)[number];
    readonly title: string;
    readonly icon: Icon;
    /** Address of the link when `path` has parameters. */
    readonly to?: string;
    /** Whether it is in the bar at the bottom of a phone, which has room for four. */
    readonly isInBar?: boolean;
  };
}

/** Every page; it is loaded when it is opened first. The first route that fits is taken. */
export const routes: readonly Route[] = [
  {
    path: '/chat/:thread?',
    page: page(() => import('./pages/chat/chat-page.tsx').then(({ ChatPage }) => ChatPage)),
    nav: { section: 'Work', title: 'Chat', icon: IconMessages, to: '/chat', isInBar: true },
  },
  {
    path: '/conversations/:view?',
    page: page(() =>
      import('./pages/conversations/conversations-page.tsx').then(
        ({ ConversationsPage }) => ConversationsPage,
      ),
    ),
    nav: { section: 'Work', title: 'Conversations', icon: IconArchive, to: '/conversations' },
  },
  {
    path: '/approvals/:view?',
    page: page(() =>
      import('./pages/approvals/approvals-page.tsx').then(({ ApprovalsPage }) => ApprovalsPage),
    ),
    nav: { section: 'Work', title: 'Approvals', icon: IconChecklist, to: '/approvals', isInBar: true },
  },
  {
    path: '/schedules',
    page: page(() =>
      import('./pages/schedules/schedules-page.tsx').then(({ SchedulesPage }) => SchedulesPage),
    ),
    nav: { section: 'Work', title: 'Schedules', icon: IconCalendarTime },
  },
  {
    path: '/memory/:view?',
    page: page(() => import('./pages/memory/memory-page.tsx').then(({ MemoryPage }) => MemoryPage)),
    nav: { section: 'Set up', title: 'Memory', icon: IconBrain, to: '/memory' },
  },
  {
    path: '/skills',
    page: page(() => import('./pages/skills/skills-page.tsx').then(({ SkillsPage }) => SkillsPage)),
    nav: { section: 'Set up', title: 'Skills', icon: IconSchool },
  },
  {
    path: '/dashboard',
    page: page(() =>
      import('./pages/dashboard/dashboard-page.tsx').then(({ DashboardPage }) => DashboardPage),
    ),
    nav: { section: 'Watch', title: 'Dashboard', icon: IconLayoutDashboard },
  },
  {
    path: '/tasks/:view?',
    page: page(() => import('./pages/tasks/tasks-page.tsx').then(({ TasksPage }) => TasksPage)),
    nav: { section: 'Watch', title: 'Tasks', icon: IconListCheck, to: '/tasks' },
  },
  {
    path: '/timeline',
    page: page(() => import('./pages/timeline/timeline-page.tsx').then(({ TimelinePage }) => TimelinePage)),
    nav: { section: 'Watch', title: 'Timeline', icon: IconTimeline },
  },
  {
    path: '/models',
    page: page(() => import('./pages/models/models-page.tsx').then(({ ModelsPage }) => ModelsPage)),
    nav: { section: 'Set up', title: 'Models', icon: IconCpu },
  },
  {
    path: '/plugins',
    page: page(() => import('./pages/plugins/plugins-page.tsx').then(({ PluginsPage }) => PluginsPage)),
    nav: { section: 'Set up', title: 'Plugins', icon: IconPlug, isInBar: true },
  },
  {
    path: '/plugins/add',
    page: page(() =>
      import('./pages/plugins/add-plugin-page.tsx').then(({ AddPluginPage }) => AddPluginPage),
    ),
  },
  {
    path: '/plugins/:name',
    page: page(() => import('./pages/plugins/plugin-page.tsx').then(({ PluginPage }) => PluginPage)),
  },
  {
    path: '/connect',
    page: page(() => import('./pages/connect/connect-page.tsx').then(({ ConnectPage }) => ConnectPage)),
    nav: { section: 'Set up', title: 'Connect', icon: IconPlugConnected },
  },
  {
    path: '/logs',
    page: page(() => import('./pages/logs/logs-page.tsx').then(({ LogsPage }) => LogsPage)),
    nav: { section: 'Watch', title: 'Logs', icon: IconLogs },
  },
  {
    path: '/system',
    page: page(() => import('./pages/system/system-page.tsx').then(({ SystemPage }) => SystemPage)),
    nav: { section: 'Watch', title: 'System', icon: IconHeartbeat },
  },
  {
    path: '/persona',
    page: page(() => import('./pages/persona/persona-page.tsx').then(({ PersonaPage }) => PersonaPage)),
    nav: { section: 'Set up', title: 'Persona', icon: IconUserCircle },
  },
  {
    path: '/settings/:section?',
    page: page(() => import('./pages/settings/settings-page.tsx').then(({ SettingsPage }) => SettingsPage)),
    nav: { section: 'Set up', title: 'Settings', icon: IconAdjustments, to: '/settings' },
  },
  {
    path: '/access',
    page: page(() => import('./pages/access/access-page.tsx').then(({ AccessPage }) => AccessPage)),
    nav: { section: 'Set up', title: 'Access', icon: IconKey },
  },
];

/** Where `/` leads. */
export const home = '/chat';

function page(load: () => Promise<ComponentType<PageParams>>): Route['page'] {
  return lazy(async () => ({ default: await loadPart(load) }));
}
