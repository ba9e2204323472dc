import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type RefObject } from 'react';
import { answerOf, api } from '../../api/client.ts';

const mostShown = 8;

interface CommandMenuProps {
  readonly text: string;
  readonly onChoose: (text: string) => void;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

/** The slash commands that begin with what is typed; arrows choose, Tab and Enter take. */
export function CommandMenu({ text, onChoose, field }: CommandMenuProps) {
  const isTyping = /^\/\S*$/.test(text);
  const commands = useQuery({
    queryKey: ['commands'],
    queryFn: () => answerOf(api.commands.$get()),
    enabled: text.startsWith('/'),
  });
  const typed = text.split(/\s/, 1)[0] ?? '';
  const found = (commands.data ?? [])
    .filter(({ command }) => (isTyping ? command.startsWith(typed) : command === typed))
    .slice(0, mostShown);
  const [at, setAt] = useState(0);
  const chosen = Math.min(at, found.length - 1);
  useEffect(() => {
    const element = field.current;
    if (element === null || !isTyping || found.length === 0) return undefined;
    const takes = ({ key, shiftKey }: KeyboardEvent): boolean =>
      !shiftKey && (key === 'Tab' || (key === 'Enter' && found[chosen]?.command !== typed));
    const onKey = (event: KeyboardEvent): void => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step !== undefined) setAt((chosen + step + found.length) % found.length);
      else if (takes(event)) onChoose(`${found[chosen]?.command ?? typed} `);
      else return;
      event.preventDefault();
      // Enter would send what is typed so far.
      event.stopPropagation();
    };
    element.addEventListener('keydown', onKey);
    return () => element.removeEventListener('keydown', onKey);
  });
  if (!text.startsWith('/') || found.length === 0) return null;
  return (
    <ul className="command-menu" aria-label="Commands">
      {found.map(({ command, usage, description }, index) => (
        <li key={command}>
          <button
            type="button"
            className={isTyping && index === chosen ? 'is-chosen' : ''}
            onClick={() => {
              onChoose(`${command} `);
              field.current?.focus();
            }}
          >
            <code>{usage}</code>
            <span>{description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
