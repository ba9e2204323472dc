import { CloseButton } from '@mantine/core';
import { IconFileText, IconPhoto } from '@tabler/icons-react';
import type { SaidBlock } from '../../../../contract/threads.ts';
import { ApiError } from '../../api/api-error.ts';

/** A file that goes with a message. */
export interface Attachment {
  readonly name: string;
  readonly block: SaidBlock;
}

const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
const mostImageBytes = 4_000_000;
const mostTextBytes = 200_000;

/** Images as they are, other files as text. Rejects with what is wrong with the first that cannot be taken. */
export async function readAttachments(files: readonly File[]): Promise<readonly Attachment[]> {
  return await Promise.all(files.map(readAttachment));
}

async function readAttachment(file: File): Promise<Attachment> {
  const mediaType = imageTypes.find((type) => type === file.type);
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (mediaType !== undefined) {
    if (bytes.length > mostImageBytes)
      throw refused(`${file.name} is larger than 4 MB. Make the image smaller.`);
    return { name: file.name, block: { type: 'image', mediaType, data: bytes.toBase64() } };
  }
  const text = bytes.length > mostTextBytes ? undefined : asText(bytes);
  if (text === undefined)
    throw refused(
      `${file.name} is not an image and not a short text. Put it into the workspace and name it.`,
    );
  return { name: file.name, block: { type: 'attachment', name: file.name, text } };
}

function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function refused(message: string): ApiError {
  return new ApiError(0, 'ATTACHMENT_REFUSED', message);
}

/** What was written and the files with it, as the kernel takes it. */
export function contentOf(text: string, files: readonly Attachment[]): SaidBlock[] {
  const blocks = files.map(({ block }) => block);
  return text.trim() === '' ? blocks : [{ type: 'text', text }, ...blocks];
}

interface AttachmentChipsProps {
  readonly files: readonly Attachment[];
  readonly onChange: (files: readonly Attachment[]) => void;
}

export function AttachmentChips({ files, onChange }: AttachmentChipsProps) {
  if (files.length === 0) return null;
  return (
    <ul className="composer-files" aria-label="Attached files">
      {files.map((file, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- two files can have one name
        <li key={index}>
          {file.block.type === 'image' ? (
            <IconPhoto size={15} aria-hidden />
          ) : (
            <IconFileText size={15} aria-hidden />
          )}
          {file.name}
          <CloseButton
            size="xs"
            aria-label={`Leave out ${file.name}`}
            onClick={() => onChange(files.filter((other) => other !== file))}
          />
        </li>
      ))}
    </ul>
  );
}
