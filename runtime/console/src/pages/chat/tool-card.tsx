import { Anchor, Loader } from '@mantine/core';
import { IconTool } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import type { Run } from '../../../../contract/api.ts';
import { isRecord } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { CodeView, JsonView } from '../../parts/code-view.tsx';
import { StatePill } from '../../parts/state-pill.tsx';
import { lengthOf } from '../../parts/time.tsx';
import type { ToldRun } from './conversation.ts';
import type { ToolCall, ToolResult } from './message.ts';

interface ToolCardProps {
  readonly call: ToolCall;
  readonly result: ToolResult | undefined;
  readonly told: ToldRun | undefined;
  readonly isOver: boolean;
  readonly isWaiting: boolean;
}

/** One use of a tool: what it was given, how it went, what came of it. */
export function ToolCard(props: ToolCardProps) {
  const { call, result, told } = props;
  const [isOpen, setOpen] = useState(false);
  const state = stateOf(props);
  const isRunning = state === 'RUNNING';
  // The page did not hear when it began: it was opened meanwhile.
  const run = useRun(call.run, isOpen || (isRunning && told?.startedAt == null));
  const startedAt = told?.startedAt ?? run?.queuedAt;
  return (
    <details className="tool-card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {isRunning ? <Loader size={16} aria-hidden /> : <IconTool size={17} aria-hidden />}
        <span className="tool-card-name">{call.name}</span>
        <Brief call={call} progress={isRunning ? told?.progress : null} />
        {result !== undefined && <Took result={result} />}
        {isRunning && startedAt !== undefined && <Elapsed startedAt={startedAt} />}
        <StatePill state={state} />
      </summary>
      {isOpen && (
        <div className="tool-card-body">
          <h3>Arguments</h3>
          {call.malformed === undefined ? (
            <JsonView value={call.arguments} label="Arguments" />
          ) : (
            <CodeView text={call.malformed} label="What the model wrote, which is no JSON object" />
          )}
          <Edited call={call} run={run} />
          {result !== undefined && <Result result={result} />}
          <RunFacts call={call} />
        </div>
      )}
    </details>
  );
}

function stateOf({ call, result, isOver, isWaiting }: ToolCardProps): string {
  if (result !== undefined) return result.isError ? 'FAILED' : 'SUCCEEDED';
  if (isOver) return 'CANCELED';
  if (call.run !== undefined) return 'RUNNING';
  return isWaiting ? 'WAITING' : 'QUEUED';
}

interface BriefProps {
  readonly call: ToolCall;
  readonly progress: string | null | undefined;
}

/** How far it is, or its arguments in a few words. */
function Brief({ call: { arguments: args }, progress }: BriefProps) {
  if (progress != null) return <span className="tool-card-brief is-progress">{progress}</span>;
  const words = Object.values(args).map((value) =>
    typeof value === 'string' ? value : JSON.stringify(value),
  );
  return <span className="tool-card-brief">{words.join(' · ').slice(0, 120)}</span>;
}

/** What was cut off has no time of its own. */
function Took({ result: { durationMs = 0 } }: { readonly result: ToolResult }) {
  return durationMs > 0 && <span className="tool-card-time">{lengthOf(durationMs)}</span>;
}

function Elapsed({ startedAt }: { readonly startedAt: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return <span className="tool-card-time">{lengthOf(Math.max(0, now - startedAt))}</span>;
}

function Result({ result }: { readonly result: ToolResult }) {
  return (
    <>
      <h3>{result.isError ? 'Error' : 'Result'}</h3>
      {result.content.map((block, index) =>
        block.type === 'text' ? (
          // oxlint-disable-next-line react/no-array-index-key -- a result does not change
          <CodeView key={index} text={block.text} label="Result" />
        ) : (
          <img
            // oxlint-disable-next-line react/no-array-index-key -- a result does not change
            key={index}
            className="chat-image"
            src={`data:${block.mediaType};base64,${block.data}`}
            alt="Result of the tool"
          />
        ),
      )}
    </>
  );
}

/** The run as it is on record, when it is wanted. */
function useRun(id: string | undefined, isWanted: boolean): Run | undefined {
  const run = useQuery({
    queryKey: ['runs', id],
    queryFn: () => answerOf(api.runs[':id'].$get({ param: { id: id ?? '' } })),
    enabled: isWanted && id !== undefined,
  });
  return run.data;
}

/** With what it was run, when a person changed what the assistant asked for. */
function Edited({ call, run }: { readonly call: ToolCall; readonly run: Run | undefined }) {
  if (!isRecord(run?.args) || JSON.stringify(run.args) === JSON.stringify(call.arguments)) return null;
  return (
    <>
      <h3>Run with</h3>
      <JsonView value={run.args} label="What it was run with" />
    </>
  );
}

/** What is on record of the run, and where the tool comes from. */
function RunFacts({ call: { name, run } }: { readonly call: ToolCall }) {
  const tools = useQuery({ queryKey: ['tools'], queryFn: () => answerOf(api.tools.$get()) });
  const plugins = useQuery({ queryKey: ['plugins'], queryFn: () => answerOf(api.plugins.$get()) });
  const tool = tools.data?.find((one) => one.name === name);
  const plugin = plugins.data?.find((one) => one.name === tool?.plugin);
  return (
    <p className="tool-card-facts">
      {tool !== undefined && (
        <>
          <Anchor component={Link} href={`/plugins/${tool.plugin}`} inherit>
            {tool.plugin}
          </Anchor>
          <span>effect: {tool.effect}</span>
        </>
      )}
      {plugin?.tier != null && <span>isolation: {plugin.tier}</span>}
      {run !== undefined && (
        <Anchor component={Link} href={`/timeline?ref=${run}`} underline="always" inherit>
          its run on record
        </Anchor>
      )}
    </p>
  );
}
