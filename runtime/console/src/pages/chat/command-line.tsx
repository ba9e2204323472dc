import { CloseButton, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { CommandView } from '../../../../contract/commands.ts';
import { answerOf, api } from '../../api/client.ts';
import { isRecord } from '../../api/api-error.ts';
import { CodeView, JsonView } from '../../parts/code-view.tsx';
import { ErrorView } from '../../parts/error-view.tsx';

type Outcome =
  | { readonly line: string; readonly result: Readonly<Record<string, unknown>> }
  | { readonly line: string; readonly error: unknown };

export interface CommandLine {
  readonly isCommand: boolean;
  readonly isRunning: boolean;
  readonly outcome: Outcome | null;
  /** Whether it ran. */
  readonly run: () => Promise<boolean>;
  readonly forget: () => void;
}

/** All slash commands; undefined while what is typed is none, and until they are known. */
export function useCommands(text: string): readonly CommandView[] | undefined {
  const commands = useQuery({
    queryKey: ['commands'],
    queryFn: () => answerOf(api.commands.$get()),
    enabled: text.startsWith('/'),
  });
  return text.startsWith('/') ? commands.data : undefined;
}

/** A line that begins with a slash and names a plugin runs a tool, with no model; what else begins so is said as it is. */
export function useCommandLine(text: string): CommandLine {
  const [isRunning, setRunning] = useState(false);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const line = text.trim();
  const plugin = /^\/(?<plugin>[^.\s]+)/.exec(line)?.groups?.['plugin'];
  const commands = useCommands(line);
  const run = async (): Promise<boolean> => {
    setRunning(true);
    try {
      const { result } = await answerOf(api.commands.$post({ json: { command: line } }));
      setOutcome({ line, result });
      return true;
    } catch (error) {
      setOutcome({ line, error });
      return false;
    } finally {
      setRunning(false);
    }
  };
  return {
    isCommand: plugin !== undefined && (commands?.some((command) => command.plugin === plugin) ?? true),
    isRunning,
    outcome,
    run,
    forget: () => setOutcome(null),
  };
}

/** What came of the last command; it is no part of the thread. */
export function CommandResult({ command: { outcome, forget } }: { readonly command: CommandLine }) {
  if (outcome === null) return null;
  return (
    <section className="command-result" aria-label="Result of the command">
      <Group justify="space-between" wrap="nowrap">
        <code>{outcome.line}</code>
        <CloseButton aria-label="Close the result" onClick={forget} />
      </Group>
      {'error' in outcome ? <ErrorView error={outcome.error} /> : <ResultView result={outcome.result} />}
    </section>
  );
}

function ResultView({ result }: { readonly result: Readonly<Record<string, unknown>> }) {
  const content = Array.isArray(result['content']) ? result['content'] : [];
  const texts = content.flatMap((item: unknown) =>
    isRecord(item) && typeof item['text'] === 'string' ? item['text'] : [],
  );
  if (texts.length === content.length && texts.length > 0)
    return <CodeView text={texts.join('\n')} label="Result" />;
  return <JsonView value={result} label="Result" />;
}
