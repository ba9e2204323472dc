import type { Right } from '../../../contract/access.ts';

/** One of the rights is enough; `admin` always is. */
type Needed = readonly Right[] | 'nobody';

const open: Needed = 'nobody';
const see: Needed = ['read'];
const seeChat: Needed = ['read', 'chat'];
const seeTools: Needed = ['read', 'tools'];
const chat: Needed = ['chat'];
const tools: Needed = ['tools'];
const admin: Needed = ['admin'];

/**
 * What each route needs. A route that is not here needs `admin`, and the test of the OpenAPI document fails until it is.
 * To answer an approval is an administrator's: whoever may only ask the assistant shall not agree to what it asks for.
 */
const routes: Readonly<Record<string, Needed>> = {
  'GET /api/openapi.json': see,
  'GET /metrics': see,

  'GET /api/session': open,
  'POST /api/session': open,
  'DELETE /api/session': open,
  'GET /api/sessions': admin,
  'DELETE /api/sessions': admin,
  'DELETE /api/sessions/{id}': admin,
  'POST /api/login-links': admin,
  'PUT /api/password': admin,
  'GET /api/tokens': admin,
  'POST /api/tokens': admin,
  'DELETE /api/tokens/{id}': admin,

  'GET /api/plugins': seeTools,
  'POST /api/plugins': admin,
  'POST /api/plugins/plan': admin,
  'POST /api/plugins/import': admin,
  'GET /api/plugins/{name}': seeTools,
  'DELETE /api/plugins/{name}': admin,
  'POST /api/plugins/{name}/install-deps': admin,
  'GET /api/plugins/{name}/logs': see,
  'POST /api/plugins/{name}/restart': admin,
  'POST /api/plugins/{name}/enable': admin,
  'POST /api/plugins/{name}/disable': admin,
  'PATCH /api/plugins/{name}/tool-policy': admin,
  'GET /api/plugins/{name}/health': see,
  'POST /api/plugins/{name}/health': admin,
  'GET /api/plugins/{name}/consent': see,
  'GET /api/held': see,
  'POST /api/plugins/{name}/approve': admin,
  'GET /api/plugins/{name}/settings': see,
  'PUT /api/plugins/{name}/settings': admin,

  'GET /api/tools': seeTools,
  'POST /api/call': tools,
  'GET /api/commands': seeTools,
  'POST /api/commands': tools,
  'GET /api/runs': see,
  'GET /api/runs/{id}': see,

  'GET /api/models': seeChat,
  'POST /api/models/test': admin,
  'POST /api/models/pull': admin,
  'POST /api/models/route-preview': seeChat,
  'GET /api/usage': see,

  'GET /api/settings': see,
  'GET /api/settings/audit': see,
  'GET /api/settings/{key}': see,
  'PUT /api/settings/{key}': admin,
  'POST /api/settings/batch': admin,
  'POST /api/settings/export': admin,
  'POST /api/settings/import': admin,
  'POST /api/settings/rotate-key': admin,

  'GET /api/threads': seeChat,
  'POST /api/threads': chat,
  'GET /api/threads/{id}': seeChat,
  'PATCH /api/threads/{id}': chat,
  'DELETE /api/threads/{id}': chat,
  'POST /api/threads/{id}/restore': chat,
  'GET /api/threads/{id}/messages': seeChat,
  'POST /api/threads/{id}/messages': chat,
  'GET /api/threads/{id}/events': seeChat,
  'POST /api/threads/{id}/messages/{message}/resend': chat,
  'PUT /api/threads/{id}/messages/{message}/pin': chat,
  'GET /api/threads/{id}/export': seeChat,
  'POST /api/purge': admin,
  'POST /api/executions/{id}/cancel': chat,
  'GET /api/approvals': seeChat,
  'GET /api/approvals/{id}': seeChat,
  'POST /api/approvals/{id}': admin,
  'GET /api/leases': seeChat,
  'POST /api/leases': admin,
  'POST /api/leases/preview': seeChat,
  'DELETE /api/leases/{id}': admin,

  'GET /api/threads/{id}/sub-agents': seeChat,
  'GET /api/threads/{id}/pins': seeChat,
  'POST /api/threads/{id}/pins': chat,
  'DELETE /api/threads/{id}/pins': chat,
  'GET /api/assistants': seeChat,
  'POST /api/assistants/reload': admin,
  'GET /api/assistants/{name}': seeChat,
  'GET /api/assistants/{name}/versions': seeChat,
  'GET /api/context/preview': seeChat,
  'POST /api/context/preview': seeChat,
  // What is written here counts as an instruction: it is for whoever may answer an approval.
  'GET /api/memories': seeChat,
  'POST /api/memories': admin,
  'GET /api/memories/file': seeChat,
  'PUT /api/memories/file': admin,
  'POST /api/memories/file/trust': admin,
  'POST /api/memories/{id}/approve': admin,
  'DELETE /api/memories/{id}': admin,
  'POST /api/memories/{id}/restore': admin,

  'GET /api/skills': seeChat,
  'GET /api/skills/{plugin}/{skill}': seeChat,

  'GET /api/tasks': seeChat,
  'GET /api/tasks/{id}': seeChat,
  'POST /api/tasks/{id}/cancel': admin,
  'POST /api/tasks/{id}/retry': admin,
  'POST /api/tasks/{id}/undo': admin,
  'POST /api/tasks/{id}/snooze': admin,
  'POST /api/runs/{id}/reconcile': admin,
  'GET /api/schedules': seeChat,
  'POST /api/schedules': admin,
  'POST /api/schedules/{id}/arm': admin,
  'POST /api/schedules/{id}/pause': admin,
  'DELETE /api/schedules/{id}': admin,
  'GET /api/signals': see,
  'POST /api/signals': admin,
  'GET /api/timeline': see,
  'GET /api/timeline/verify': see,
  'POST /api/timeline/accept': admin,
  'GET /api/events': ['read', 'chat', 'tools'],
  'GET /api/logs': see,
  'GET /api/logs/stream': see,
  'GET /api/logs/download': see,
  'GET /api/overview': see,
  'GET /api/files': seeChat,
  'POST /api/files': chat,
  'GET /api/files/{name}': seeChat,
  'DELETE /api/files/{name}': chat,
  'GET /api/doctor': see,
};

/** What a route needs, or undefined for one that is not in the table. */
export function rightsOf(method: string, path: string): Needed | undefined {
  const name = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  return Object.hasOwn(routes, name) ? routes[name] : undefined;
}
