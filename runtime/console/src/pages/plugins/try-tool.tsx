import { Alert, Button, Group, JsonInput, SegmentedControl, Stack, Text } from '@mantine/core';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import type { Tool } from '../../../../contract/api.ts';
import type { JsonObject } from '../../../../contract/plugins.ts';
import { isRecord } from '../../api/api-error.ts';
import { CrashBoundary } from '../../parts/crash-boundary.tsx';
import { ErrorView } from '../../parts/error-view.tsx';
import { Loading } from '../../parts/loading.tsx';
import { CallResult } from './call-result.tsx';
import { useCall } from './call-tool.ts';
import { EarlierRuns } from './earlier-runs.tsx';
import { ProgressView } from '../../parts/work/progress-view.tsx';
import { Section } from '../../parts/section.tsx';

const SchemaForm = lazy(async () => ({ default: (await import('./schema-form.tsx')).SchemaForm }));

const ways = ['Form', 'JSON'] as const;
type Way = (typeof ways)[number];

function parsed(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return null;
  }
}

/** Calls a tool by hand: with a form made of its schema or with JSON; earlier runs can be taken up again. */
export function TryTool({ tool }: { readonly tool: Tool }) {
  const [way, setWay] = useState<Way>('Form');
  const [args, setArgs] = useState<JsonObject>({});
  const { isBusy, outcome, error, call, cancel } = useCall(tool.name);
  // A form keeps what it was given first: other arguments are another form.
  const [taken, setTaken] = useState(0);
  const json = (
    <JsonArguments
      key={taken}
      args={args}
      isBusy={isBusy}
      onChange={setArgs}
      onSubmit={(given) => void call(given)}
    />
  );
  return (
    <Stack>
      <Section title="Try it">
        {tool.effect === 'irreversible' && (
          <Alert color="yellow">What this does may be impossible to take back. It runs for real.</Alert>
        )}
        <SegmentedControl
          aria-label="How to give the arguments"
          data={[...ways]}
          value={way}
          onChange={setWay}
          w="fit-content"
        />
        {way === 'Form' ? (
          <CrashBoundary instead={<NoForm>{json}</NoForm>}>
            <Suspense fallback={<Loading what="the form" rows={2} />}>
              <SchemaForm
                key={taken}
                schema={tool.inputSchema}
                value={args}
                onChange={setArgs}
                onSubmit={(given) => void call(given)}
                isBusy={isBusy}
                action="Run"
              />
            </Suspense>
          </CrashBoundary>
        ) : (
          json
        )}
        {isBusy && <ProgressView progress="It runs" onCancel={cancel} />}
        {error !== null && <ErrorView error={error} />}
        {outcome !== null && <CallResult outcome={outcome} />}
      </Section>
      <EarlierRuns
        tool={tool}
        onTake={(earlier) => {
          setArgs(earlier);
          setTaken(taken + 1);
        }}
        onReplay={(earlier) => void call(earlier)}
      />
    </Stack>
  );
}

/** Of a schema that no form can be made of: it names parts that are elsewhere. */
function NoForm({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <Text size="sm" c="dimmed">
        No form can be made of what the tool says of its arguments. Write them as JSON.
      </Text>
      {children}
    </>
  );
}

interface JsonArgumentsProps {
  readonly args: JsonObject;
  readonly isBusy: boolean;
  readonly onChange: (args: JsonObject) => void;
  readonly onSubmit: (args: JsonObject) => void;
}

function JsonArguments({ args, isBusy, onChange, onSubmit }: JsonArgumentsProps) {
  const [text, setText] = useState(() => JSON.stringify(args, null, 2));
  const given = parsed(text);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (given !== null) onSubmit(given);
      }}
    >
      <JsonInput
        label="Arguments"
        value={text}
        onChange={(next) => {
          setText(next);
          const read = parsed(next);
          if (read !== null) onChange(read);
        }}
        formatOnBlur
        autosize
        minRows={6}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        error={given === null && 'This must be a JSON object, such as {"text": "Hello"}'}
      />
      <Group mt="sm">
        <Button type="submit" loading={isBusy} disabled={given === null}>
          Run
        </Button>
        <Text size="sm" c="dimmed">
          The kernel checks them against the tool’s schema.
        </Text>
      </Group>
    </form>
  );
}
