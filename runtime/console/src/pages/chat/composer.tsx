import { ActionIcon, Button, Textarea, Tooltip } from '@mantine/core';
import { IconPaperclip, IconPlayerStopFilled, IconSend } from '@tabler/icons-react';
import { useEffect, useRef, type RefObject, type SyntheticEvent } from 'react';
import { toastError } from '../../parts/toasts.ts';
import type { SaidBlock } from '../../../../contract/threads.ts';
import { AttachmentChips, contentOf, type Attachment } from './attachments.tsx';
import { CommandResult, useCommandLine } from './command-line.tsx';
import { CommandMenu, menuProps, useCommandChoice, type CommandChoice } from './command-menu.tsx';
import { useAttachments } from './use-attachments.ts';
import { useKeptText } from './use-kept-text.ts';

/** What is sent. */
export interface Said {
  readonly content: SaidBlock[];
}

interface ComposerProps {
  /** What stands in the field at first. */
  readonly draft?: string;
  /** Under which name what is typed is kept until it is sent. */
  readonly keptAs?: string;
  /** Files that go with it at first. */
  readonly given?: readonly Attachment[];
  /** Whether it has the focus at once, in place of what was pressed to get it. */
  readonly takesFocus?: boolean;
  readonly isBusy: boolean;
  readonly onSend: (said: Said) => Promise<unknown>;
  /** Stops the answer under way; absent when there is none. */
  readonly onStop?: () => void;
  readonly isStopping?: boolean;
  /** Gives up changing what was said before; absent when something new is said. */
  readonly onKeep?: () => void;
}

/** Where something is said: to the assistant, to a turn under way, or as a slash command to a tool. */
export function Composer(props: ComposerProps) {
  const { draft = '', keptAs, given = [], isBusy, onSend, onStop, isStopping = false, onKeep } = props;
  const [text, setText] = useKeptText(keptAs, draft);
  const { files, isReading, attach, leaveOut, clear } = useAttachments(given);
  const field = useField(props.takesFocus);
  const command = useCommandLine(text);
  const choice = useCommandChoice(text, setText);
  const canSend = (text.trim() !== '' || files.length > 0) && !isReading;
  const say = async (): Promise<boolean> => {
    try {
      await onSend({ content: contentOf(text, files) });
      clear();
      field.current?.focus();
      return true;
    } catch (error) {
      toastError(error);
      return false;
    }
  };
  const sendOnce = useSending(field, setText);
  const send = async (event?: SyntheticEvent): Promise<void> => {
    event?.preventDefault();
    if (canSend && !isBusy) await sendOnce(text, command.isCommand ? command.run : say);
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => void send(event)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        attach([...event.dataTransfer.files]);
      }}
    >
      {onKeep !== undefined && <EditNote onKeep={onKeep} />}
      <CommandResult command={command} />
      <CommandMenu choice={choice} />
      <AttachmentChips files={files} isReading={isReading} onLeaveOut={leaveOut} />
      <div className="composer-row">
        <AttachButton onAttach={attach} />
        <TextField
          field={field}
          text={text}
          onText={setText}
          choice={choice}
          onSend={() => void send()}
          onAttach={attach}
          isSteering={onStop !== undefined}
        />
        {onStop !== undefined && <StopButton onStop={onStop} isStopping={isStopping} />}
        <SendButton canSend={canSend} isBusy={isBusy || command.isRunning} />
      </div>
    </form>
  );
}

function useField(takesFocus = false): RefObject<HTMLTextAreaElement | null> {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);
  return field;
}

/** Sends a text, one at a time: the field is empty at once for what is typed meanwhile, and has the text again when it was not sent. */
function useSending(field: RefObject<HTMLTextAreaElement | null>, setText: (text: string) => void) {
  // Known at once: a second press comes before the page is drawn again.
  const isSending = useRef(false);
  return async (text: string, send: () => Promise<boolean>): Promise<void> => {
    if (isSending.current) return;
    isSending.current = true;
    setText('');
    if (!(await send())) setText([text, field.current?.value ?? ''].filter((part) => part !== '').join('\n'));
    isSending.current = false;
  };
}

function SendButton({ canSend, isBusy }: { readonly canSend: boolean; readonly isBusy: boolean }) {
  return (
    <ActionIcon type="submit" size={36} aria-label="Send" disabled={!canSend} loading={isBusy}>
      <IconSend size={19} aria-hidden />
    </ActionIcon>
  );
}

function StopButton({ onStop, isStopping }: { readonly onStop: () => void; readonly isStopping: boolean }) {
  return (
    <Button
      className="composer-stop"
      aria-label="Stop"
      variant="default"
      onClick={onStop}
      loading={isStopping}
      leftSection={<IconPlayerStopFilled size={16} aria-hidden />}
    >
      Stop
    </Button>
  );
}

function EditNote({ onKeep }: { readonly onKeep: () => void }) {
  return (
    <p className="composer-note">
      You change what you said: what came after it goes to the trash.
      <Button size="compact-xs" variant="subtle" onClick={onKeep}>
        Keep it as it is
      </Button>
    </p>
  );
}

interface TextFieldProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly choice: CommandChoice;
  readonly onSend: () => void;
  readonly onAttach: (files: readonly File[]) => void;
  readonly isSteering: boolean;
}

/** Enter sends, Shift and Enter begins a line. */
function TextField({ field, text, onText, choice, onSend, onAttach, isSteering }: TextFieldProps) {
  return (
    <Textarea
      className="composer-text"
      ref={field}
      aria-label="Message"
      placeholder={isSteering ? 'Say something to the turn under way' : 'Say something, or / for a command'}
      autosize
      minRows={1}
      maxRows={10}
      value={text}
      {...menuProps(choice)}
      onChange={(event) => onText(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        const isTaken = choice.onKey(event);
        if (!isTaken && (event.key !== 'Enter' || event.shiftKey)) return;
        event.preventDefault();
        if (!isTaken) onSend();
      }}
      onPaste={(event) => {
        if (event.clipboardData.files.length > 0) onAttach([...event.clipboardData.files]);
      }}
    />
  );
}

function AttachButton({ onAttach }: { readonly onAttach: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        onChange={(event) => {
          onAttach([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = '';
        }}
      />
      <Tooltip label="Attach files">
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          aria-label="Attach files"
          onClick={() => input.current?.click()}
        >
          <IconPaperclip size={19} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
