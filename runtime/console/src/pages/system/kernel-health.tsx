import { Text } from '@mantine/core';
import type { Overview } from '../../../../contract/overview.ts';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';
import { lengthOf, Time } from '../../parts/time.tsx';
import { bytesOf } from './bytes.ts';
import { Meter } from './meter.tsx';

/** What the kernel is busy with, and what it takes. */
export function KernelHealth({ overview }: { readonly overview: Overview }) {
  const { version, now, startedAt, models, queue, disk, memory } = overview;
  const { kernelBytes, pluginBytes, freeBytes, totalBytes } = memory;
  return (
    <div className="system-pair">
      <Section title="Kernel">
        <Facts
          facts={[
            ['Version', version],
            [
              'Up',
              <>
                {lengthOf(now - startedAt)}, started <Time at={startedAt} />
              </>,
            ],
            ['Turns under way', queue.turns],
            ['Calls under way', queue.runs],
            ['Questions that wait', queue.approvals],
            ['Models', modelWords(models)],
          ]}
        />
      </Section>
      <Section title="What it takes">
        <Meter
          label="Memory of the machine"
          used={totalBytes - freeBytes}
          total={totalBytes}
          text={`${bytesOf(freeBytes)} free of ${bytesOf(totalBytes)}`}
        />
        <Text size="sm">
          The kernel takes {bytesOf(kernelBytes)}
          {pluginBytes > 0 && `, plugins take ${bytesOf(pluginBytes)}`}.
        </Text>
        <Meter
          label="Disk of the data directory"
          used={disk.totalBytes - disk.freeBytes}
          total={disk.totalBytes}
          text={`${bytesOf(disk.freeBytes)} free of ${bytesOf(disk.totalBytes)}`}
        />
      </Section>
    </div>
  );
}

function modelWords({ known, default: chosen }: Overview['models']): string {
  const offered = known === 1 ? '1 is offered' : `${known} are offered`;
  return chosen === null ? `${offered}, none is chosen` : `${chosen}; ${offered}`;
}
