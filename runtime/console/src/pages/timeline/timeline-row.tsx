import { Anchor } from '@mantine/core';
import type { TimelineEntry } from '../../../../contract/timeline.ts';
import { Facts } from '../../parts/facts.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { Time } from '../../parts/time.tsx';

interface TimelineRowProps {
  readonly entry: TimelineEntry;
  /** Shows only what is about the same thing. */
  readonly onFollow: (ref: string) => void;
}

/** One entry; opened, it shows the link of the chain that it is. */
export function TimelineRow({ entry, onFollow }: TimelineRowProps) {
  const { seq, at, kind, ref, what, subject, user, actor, digest, prev, hash } = entry;
  return (
    <details className="timeline-entry">
      <summary>
        <span className="timeline-kind">{kind}</span>
        <span className="timeline-subject">{subject}</span>
        <StatePill state={what} />
        <span className="timeline-when">
          <Time at={at} />, {user}
        </span>
      </summary>
      <div className="timeline-more">
        <Facts
          facts={[
            ['Number', seq],
            ['By', `${user} (${actor})`],
            [
              'About',
              <Anchor key="ref" component="button" type="button" size="sm" onClick={() => onFollow(ref)}>
                {ref}: show only this
              </Anchor>,
            ],
            ['Its record', <code key="digest">{digest}</code>],
            ['The entry before', <code key="prev">{prev === '' ? 'none, it is the first' : prev}</code>],
            ['Its own hash', <code key="hash">{hash}</code>],
          ]}
        />
      </div>
    </details>
  );
}
