import { Anchor } from '@mantine/core';
import { IconRobot } from '@tabler/icons-react';
import { Link } from 'wouter';
import { CodeView } from '../../parts/code-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import type { Report } from './message.ts';

/** What a sub-agent came to: words of unknown origin, as results of tools are, and the way to all that it did. */
export function ReportCard({ report }: { readonly report: Report }) {
  const { thread, title, state, text } = report;
  return (
    <details className="tool-card">
      <summary>
        <IconRobot size={17} aria-hidden />
        <span className="tool-card-name">{title === '' ? 'Sub-agent' : title}</span>
        <span className="tool-card-brief">{text.slice(0, 120)}</span>
        <StatePill state={state} />
      </summary>
      <div className="tool-card-body">
        <h3>Report</h3>
        <CodeView text={text} label="Report" />
        <p className="tool-card-facts">
          <span>The words of a sub-agent, which may have read anything: nobody vouches for them.</span>
          <Anchor component={Link} href={`/chat/${thread}`} underline="always" inherit>
            All that it did
          </Anchor>
        </p>
      </div>
    </details>
  );
}
