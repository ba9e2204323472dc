import { pluginDetailSchema, type Plugin } from '../../contract/api.ts';
import { pluginConsentSchema, type PluginConsent } from '../../contract/consent.ts';
import type { KernelClient } from './kernel-client.ts';
import { describePending, isTried } from './plain-words.ts';
import { tell } from './plugin-add.ts';

/** How often it is asked for again while the plugin is being looked at or installed; the kernel answers after 5 s each time. */
const mostLooks = 60;

/** What it is and how it stands, once that is known; what a change is cannot be told before it was looked at. */
export async function readConsent(
  client: KernelClient,
  plugin: string,
): Promise<{ readonly consent: PluginConsent; readonly status: Plugin }> {
  const path = `/api/plugins/${encodeURIComponent(plugin)}`;
  let { status: before } = await client.get(path, pluginDetailSchema);
  for (let look = 1; ; look++) {
    if (look === 1 && isTried(before))
      tell(`${before.name}: ${describePending(before.pending)}. Waiting for it`);
    const consent = await client.get(`${path}/consent`, pluginConsentSchema);
    const { status } = await client.get(path, pluginDetailSchema);
    const isTold = consent.source !== null || consent.held.length > 0;
    const isToCome = status.state === 'available' && status.nextStep === '';
    const isSettled = !isTried(before) && !isTried(status) && (isTold || !isToCome);
    if (isSettled || look === mostLooks) return { consent, status };
    before = status;
  }
}
