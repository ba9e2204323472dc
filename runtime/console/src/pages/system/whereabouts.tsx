import { Code } from '@mantine/core';
import type { Doctor } from '../../../../contract/api.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';

const folders: Readonly<Record<string, string>> = {
  program: 'Program',
  data: 'Data',
  manifests: 'Manifests',
  plugins: 'Plugins',
  workspace: 'Workspace',
};

/** What runs where. */
export function Whereabouts({ report }: { readonly report: Doctor }) {
  const { url, pid, node, system, paths } = report;
  return (
    <Section title="Where things are">
      <Facts
        facts={[
          ['Address', <Code key="address">{url ?? 'not known'}</Code>],
          ['Process', `${pid ?? 'not known'}, Node ${node}`],
          ['Machine', system],
          ...Object.entries(paths).map(
            ([name, path]) => [folders[name] ?? name, <Code key={name}>{path}</Code>] as const,
          ),
        ]}
      />
    </Section>
  );
}
