import { useRef, useState } from 'react';
import { toastError } from '../../parts/toasts.ts';
import { readAttachment, takeBack, type Attachment } from './attachments.tsx';

export interface Attachments {
  readonly files: readonly Attachment[];
  readonly isReading: boolean;
  /** What cannot be taken is said; the rest is. */
  readonly attach: (chosen: readonly File[]) => void;
  readonly leaveOut: (file: Attachment) => void;
  /** They were sent. */
  readonly clear: () => void;
}

/** The files that go with what is being written. */
export function useAttachments(first: readonly Attachment[]): Attachments {
  const [files, setFiles] = useState(first);
  const [reading, setReading] = useState(0);
  // Several files are read at once; each has to know what was taken until then.
  const taken = useRef(first);
  const set = (next: readonly Attachment[]): void => {
    taken.current = next;
    setFiles(next);
  };
  const read = async (chosen: readonly File[]): Promise<void> => {
    setReading((count) => count + 1);
    for (const file of chosen) {
      try {
        const attachment = await readAttachment(file, taken.current);
        set([...taken.current, attachment]);
      } catch (error) {
        toastError(error);
      }
    }
    setReading((count) => count - 1);
  };
  const leaveOut = (file: Attachment): void => {
    set(taken.current.filter((other) => other !== file));
    takeBack(file).catch(toastError);
  };
  return {
    files,
    isReading: reading > 0,
    attach: (chosen) => void read(chosen),
    leaveOut,
    clear: () => set([]),
  };
}
