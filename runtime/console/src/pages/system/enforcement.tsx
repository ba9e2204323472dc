import { Alert, Text } from '@mantine/core';
import type { Doctor } from '../../../../contract/api.ts';
import { Section } from '../../parts/section.tsx';
import { StatePill } from '../../parts/state-pill.tsx';

const meanings: Readonly<Record<Doctor['tier'], string>> = {
  sandbox: 'Permissions of plugins are enforced by the operating system.',
  process: 'Permissions are asked of plugins, not enforced: one that means harm is not stopped.',
  worker: 'Plugins run as threads of the kernel: there is no boundary.',
};

/** The strongest isolation of this machine, and what each mechanism lacks. */
export function Enforcement({ report }: { readonly report: Doctor }) {
  const { tier, mechanism, probes, allowUnsandboxed } = report;
  return (
    <Section title="What this machine can enforce" text="Found by trying it when the kernel started.">
      <div>
        <StatePill
          state={tier}
          tone={tier === 'sandbox' ? 'good' : 'warn'}
          label={`${tier} (${mechanism})`}
        />
        <Text size="sm" mt={4}>
          {meanings[tier]}
        </Text>
      </div>
      {allowUnsandboxed && (
        <Alert color="yellow" title="Started with --allow-unsandboxed">
          Plugins run even where their permissions cannot be enforced. Start the kernel without it to refuse
          them.
        </Alert>
      )}
      <ul className="system-probes">
        {probes.map(({ mechanism: name, works, reason, remedy }) => (
          <li key={name} className="system-any">
            <StatePill
              state={name}
              tone={works ? 'good' : 'off'}
              label={`${name}: ${works ? 'works' : 'not here'}`}
            />
            {reason !== '' && <Text size="sm">{reason}</Text>}
            {remedy !== '' && (
              <Text size="sm" c="dimmed">
                What to do: {remedy}
              </Text>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
