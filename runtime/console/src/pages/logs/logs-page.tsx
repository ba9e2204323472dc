import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useSearchParams } from 'wouter';
import { Page } from '../../parts/page.tsx';
import { filterOf } from './log-filter.ts';
import { LogFilterBar } from './log-filter-bar.tsx';
import { LogView } from './log-view.tsx';
import './logs.css';

/** What the kernel and its plugins say, as they say it. The filter is in the address. */
export function LogsPage() {
  const [query, setQuery] = useSearchParams();
  const filter = filterOf(query);
  return (
    <Page
      title="Logs"
      text="What the kernel and its plugins say, as they say it. Secrets are left out before a line is written."
      actions={
        <Button
          component="a"
          href="/api/logs/download"
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Download
        </Button>
      }
    >
      <LogFilterBar
        filter={filter}
        onChange={(change) =>
          setQuery(
            (before) => {
              for (const [name, value] of Object.entries(change)) {
                if (value === null || value === '') before.delete(name);
                else before.set(name, value);
              }
              return before;
            },
            { replace: true },
          )
        }
      />
      <LogView key={JSON.stringify(filter)} filter={filter} />
    </Page>
  );
}
