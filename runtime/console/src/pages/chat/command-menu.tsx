import { useId, useState, type KeyboardEvent } from 'react';
import type { CommandView } from '../../../../contract/commands.ts';
import { useCommands } from './command-line.tsx';

const mostShown = 8;

export interface CommandChoice {
  readonly id: string;
  readonly found: readonly CommandView[];
  /** The one that Tab and Enter take; -1 while arguments are typed. */
  readonly chosen: number;
  /** Whether the key was meant for the menu. */
  readonly onKey: (event: KeyboardEvent) => boolean;
  readonly take: (command: string) => void;
}

/** The slash commands that begin with what is typed: arrows choose, Tab and Enter take, Escape closes. */
export function useCommandChoice(text: string, onChoose: (text: string) => void): CommandChoice {
  const id = useId();
  const commands = useCommands(text) ?? [];
  const [at, setAt] = useState({ of: text, index: 0 });
  // What stood in the field at first was not typed now.
  const [closedAt, setClosedAt] = useState<string | null>(text);
  if (closedAt !== null && closedAt !== text) setClosedAt(null);
  const isTyping = /^\/\S*$/.test(text);
  const typed = text.split(/\s/, 1)[0] ?? '';
  const fitting = commands
    .filter(({ command }) => (isTyping ? command.startsWith(typed) : command === typed))
    .slice(0, mostShown);
  const found = closedAt === text ? [] : fitting;
  // What is typed next begins at the first again.
  const chosen = isTyping ? Math.min(at.of === text ? at.index : 0, found.length - 1) : -1;
  const take = (command: string): void => onChoose(`${command} `);
  const onKey = ({ key, shiftKey }: KeyboardEvent): boolean => {
    const command = found[chosen]?.command;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (found.length > 0 && key === 'Escape') setClosedAt(text);
    else if (command === undefined) return false;
    else if (step !== undefined) setAt({ of: text, index: (chosen + step + found.length) % found.length });
    else if (!shiftKey && (key === 'Tab' || (key === 'Enter' && command !== typed))) take(command);
    else return false;
    return true;
  };
  return { id, found, chosen, onKey, take };
}

/** What a field says of the menu to those who do not see it. */
export function menuProps({ id, found, chosen }: CommandChoice) {
  return {
    'aria-autocomplete': 'list' as const,
    ...(found.length > 0 && { 'aria-controls': id }),
    ...(chosen >= 0 && { 'aria-activedescendant': `${id}-${chosen}` }),
  };
}

/** The focus stays in the field: a press takes a command and no focus. */
export function CommandMenu({ choice: { id, found, chosen, take } }: { readonly choice: CommandChoice }) {
  if (found.length === 0) return null;
  return (
    <div className="command-menu" role="listbox" id={id} aria-label="Commands">
      {found.map(({ command, usage, description }, index) => (
        <button
          key={command}
          id={`${id}-${index}`}
          type="button"
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          ref={(option) => {
            if (index === chosen) option?.scrollIntoView({ block: 'nearest' });
          }}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => take(command)}
        >
          <code>{usage}</code>
          <span>{description}</span>
        </button>
      ))}
    </div>
  );
}
