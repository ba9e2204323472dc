import { Button, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ImportOutcome, ImportPlan } from '../../../../contract/import.ts';
import { ApiError, isRecord } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { ErrorView } from '../../parts/error-view.tsx';
import { Page } from '../../parts/page.tsx';
import { allowOf, type ImportSource } from './import-source.ts';
import { ImportDone } from './import-done.tsx';
import { PlanView } from './plan-view.tsx';
import { ProgressView } from '../../parts/work/progress-view.tsx';
import { SourceForm } from './source-form.tsx';
import { toastError } from '../../parts/toasts.ts';
import { useWork } from '../../parts/work/use-work.ts';
import './plugins.css';

/** What was chosen so far. */
interface Choice {
  readonly source: ImportSource;
  /** Options of the command line for what is granted beyond the least. */
  readonly granted: readonly string[];
  readonly update: boolean;
}

function bodyOf({ source, granted, update }: Choice) {
  return { source, allow: allowOf(granted), update };
}

/** The answer is the kernel's own, described by these types. */
function readPlan(result: unknown): ImportPlan {
  if (!isPlan(result)) throw new ApiError(0, 'CONSOLE', 'The kernel answered without a plan.');
  return result;
}
function readOutcome(result: unknown): ImportOutcome {
  if (!isOutcome(result)) throw new ApiError(0, 'CONSOLE', 'The kernel answered without an outcome.');
  return result;
}
function isPlan(result: unknown): result is ImportPlan {
  return isRecord(result) && Array.isArray(result['plugins']);
}
function isOutcome(result: unknown): result is ImportOutcome {
  return isPlan(result) && result.plugins.every((plugin) => 'outcome' in plugin);
}

/** Deletes a file that was given once it is of no use any more: it was added, another was chosen, the page is left. */
function useRemoval(upload: string | null): void {
  useEffect(
    () => () => {
      if (upload !== null)
        answerOf(api.files[':name'].$delete({ param: { name: upload } })).catch(toastError);
    },
    [upload],
  );
}

/** What was chosen to be added, what it would do, and what was done. */
function useAdding() {
  const [choice, setChoice] = useState<Choice | null>(null);
  const plan = useWork(readPlan);
  const install = useWork(readOutcome);
  const [upload, setUpload] = useState<string | null>(null);
  useRemoval(upload);
  const queries = useQueryClient();
  const look = async (next: Choice): Promise<void> => {
    setChoice(next);
    await plan.begin('/api/plugins/plan', bodyOf(next));
  };
  const choose = (source: ImportSource, uploaded: string | null): void => {
    setUpload(uploaded);
    void look({ source, granted: [], update: false });
  };
  const add = async (): Promise<void> => {
    if (choice === null || plan.result === null) return;
    const done = await install.begin('/api/plugins/import', { ...bodyOf(choice), plan: plan.result.sha256 });
    if (done !== null) setUpload(null);
    await queries.invalidateQueries({ queryKey: ['plugins'] });
  };
  const restart = (): void => {
    setUpload(null);
    setChoice(null);
    plan.cancel();
    install.cancel();
  };
  return { choice, plan, install, choose, look, add, restart };
}

/** Adds plugins: what, then exactly what would run with which permissions, then it is done. */
export function AddPluginPage() {
  const { choice, plan, install, choose, look, add, restart } = useAdding();
  return (
    <Page
      title="Add a plugin"
      text="Nothing of it runs before you have seen the exact command and agreed to it."
    >
      <Stack gap="lg">
        {install.result === null && <SourceForm isBusy={plan.isBusy || install.isBusy} onChoose={choose} />}
        {plan.isBusy && <ProgressView progress={plan.progress} onCancel={plan.cancel} />}
        {plan.error !== null && <ErrorView error={plan.error} />}
        {plan.result !== null && choice !== null && install.result === null && (
          <PlanView
            plan={plan.result}
            granted={choice.granted}
            update={choice.update}
            isBusy={install.isBusy}
            onGrant={(granted) => void look({ ...choice, granted })}
            onUpdate={(update) => void look({ ...choice, update })}
            onAdd={() => void add()}
          />
        )}
        {install.isBusy && <ProgressView progress={install.progress} onCancel={install.cancel} />}
        {install.error !== null && <ErrorView error={install.error} />}
        {install.result !== null && (
          <>
            <ImportDone outcome={install.result} />
            <Button variant="default" onClick={restart} w="fit-content">
              Add another
            </Button>
          </>
        )}
      </Stack>
    </Page>
  );
}
