import { List, SimpleGrid, Stack, Text } from '@mantine/core';
import type { Plugin, PluginDetail } from '../../../../contract/api.ts';
import type { PluginConsent } from '../../../../contract/consent.ts';
import { inConsole } from '../../api/console-words.ts';
import { JsonView } from '../../parts/code-view.tsx';
import { Facts } from '../../parts/facts.tsx';
import { enforcementLines, isolationWords } from './isolation.ts';
import { RiskLines } from './risk-badge.tsx';
import { Section } from '../../parts/section.tsx';

interface PermissionsPanelProps {
  readonly detail: PluginDetail;
  readonly consent: PluginConsent;
}

/** What it may touch: granted, asked for and not granted, and what of that the machine enforces. */
export function PermissionsPanel({ detail, consent }: PermissionsPanelProps) {
  const { status, manifest, manifestFile } = detail;
  const { risk, source } = consent;
  // What is not there yet cannot be judged.
  const canBeJudged = risk !== null && source !== null;
  return (
    <Stack>
      <Touched status={status} consent={consent} />
      <SimpleGrid cols={{ base: 1, sm: canBeJudged ? 2 : 1 }}>
        <IsolationSection status={status} />
        {canBeJudged && (
          <Section title="Risk">
            <div>
              <RiskLines risk={risk} />
            </div>
          </Section>
        )}
      </SimpleGrid>
      {status.warnings.length > 0 && (
        <Section title="Warnings">
          <List size="sm">
            {status.warnings.map((warning) => (
              <List.Item key={warning}>{inConsole(warning)}</List.Item>
            ))}
          </List>
        </Section>
      )}
      <Section title="Manifest" text={`Saved is applied: ${manifestFile}`}>
        {manifest === null ? (
          <Text size="sm" c="dimmed">
            Shown when the plugin is enabled and the file is valid.
          </Text>
        ) : (
          <JsonView value={manifest} label="Manifest" />
        )}
      </Section>
    </Stack>
  );
}

interface TouchedProps {
  readonly status: Plugin;
  readonly consent: PluginConsent;
}

function Touched({ status, consent }: TouchedProps) {
  const asked = consent.held.filter(
    ({ kind }) => kind === 'permission' || kind === 'limit' || kind === 'first-run',
  );
  return (
    <Section title="What it may touch" text={consent.source ?? undefined}>
      {status.state === 'disabled' && (
        <Text size="sm" c="dimmed">
          {consent.permissions.length > 0
            ? 'Once it is enabled, as it was agreed to:'
            : 'Nothing was agreed to yet. It is shown, and waits for your approval, once the plugin is enabled.'}
        </Text>
      )}
      <Facts facts={consent.permissions.map(({ about, allowed }) => [about, allowed] as const)} />
      {asked.length > 0 && (
        <>
          <Text fw={600}>Asked for, not granted</Text>
          <List size="sm">
            {asked.map(({ subject, text }) => (
              <List.Item key={subject}>{text}</List.Item>
            ))}
          </List>
        </>
      )}
    </Section>
  );
}

function IsolationSection({ status }: { readonly status: Plugin }) {
  const holds = enforcementLines(status);
  return (
    <Section title="Isolation in force">
      <Text size="sm">
        {isolationWords(status)}
        {status.mechanism !== null && `, by ${status.mechanism}`}
      </Text>
      {holds.length > 0 ? (
        <Facts facts={holds} />
      ) : (
        <Text size="sm" c="dimmed">
          What is enforced shows once it runs; the first call starts it.
        </Text>
      )}
    </Section>
  );
}
