import { CloseButton, Loader } from '@mantine/core';
import { IconFileText, IconPhoto } from '@tabler/icons-react';
import type { SaidBlock } from '../../../../contract/threads.ts';
import { ApiError } from '../../api/api-error.ts';
import { answerOf, api } from '../../api/client.ts';
import { sizeOf } from '../../parts/size.ts';
import type { Message } from './message.ts';

/** A file that goes with a message. */
export interface Attachment {
  readonly name: string;
  readonly block: SaidBlock;
  /** What the upload is called that was made for it. */
  readonly upload?: string;
}

const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
const mostTextBytes = 200_000;
const mostNameChars = 200;
/** Of one message as it is sent: the kernel takes 4 MiB, and the words need room too. */
const mostSentBytes = 4_000_000;
/** What images take as text. */
const base64Growth = 4 / 3;
/** The kernel takes 32 MiB, with what a form adds. */
const mostUploadBytes = 33_000_000;

/** The files that went with a message. */
export function attachmentsOf({ content }: Pick<Message, 'content'>): readonly Attachment[] {
  return content.flatMap((block): Attachment[] => {
    if (block.type === 'attachment') return [{ name: block.name, block }];
    return block.type === 'image' ? [{ name: 'image', block }] : [];
  });
}

/** An image as it is, a short text as text; all else is put into the workspace and named. `others` go with the same message. */
export async function readAttachment(file: File, others: readonly Attachment[]): Promise<Attachment> {
  const name = file.name.slice(-mostNameChars);
  const room = mostSentBytes - others.reduce((sum, other) => sum + sentBytes(other.block), 0);
  const mediaType = imageTypes.find((type) => type === file.type);
  if (mediaType !== undefined) {
    if (file.size * base64Growth > room) throw tooManyImages(file);
    const data = new Uint8Array(await file.arrayBuffer()).toBase64();
    return { name, block: { type: 'image', mediaType, data } };
  }
  const text = file.size > mostTextBytes ? undefined : asText(await file.arrayBuffer());
  if (text !== undefined) {
    const block = { type: 'attachment' as const, name, text };
    if (sentBytes(block) <= room) return { name, block };
  }
  return await upload(file);
}

async function upload(file: File): Promise<Attachment> {
  if (file.size > mostUploadBytes)
    throw refused(
      `${file.name} is larger than ${sizeOf(mostUploadBytes)}. Make it smaller, or give parts of it.`,
    );
  const { name, path, size } = await answerOf(api.files.$post({ form: { file } }));
  const kind = file.type === '' ? '' : ` (${file.type})`;
  const text = `It is in the workspace as ${path}: ${size} bytes${kind}. Read it from there.`;
  return { name: path, block: { type: 'attachment', name: path, text }, upload: name };
}

/** It was not sent after all. */
export async function takeBack({ upload: name }: Attachment): Promise<void> {
  if (name !== undefined) await answerOf(api.files[':name'].$delete({ param: { name } }));
}

function sentBytes(block: SaidBlock): number {
  return new TextEncoder().encode(JSON.stringify(block)).length;
}

function tooManyImages({ name, size }: File): ApiError {
  const most = mostSentBytes / base64Growth;
  const todo = size > most ? 'Make it smaller.' : 'Send it in a message of its own.';
  return refused(
    `${name} has ${sizeOf(size)}, and the images of one message may have ${sizeOf(most)} together. ${todo}`,
  );
}

function asText(bytes: ArrayBuffer): string | undefined {
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
  readonly isReading: boolean;
  readonly onLeaveOut: (file: Attachment) => void;
}

export function AttachmentChips({ files, isReading, onLeaveOut }: AttachmentChipsProps) {
  if (files.length === 0 && !isReading) return null;
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
          <CloseButton size="xs" aria-label={`Leave out ${file.name}`} onClick={() => onLeaveOut(file)} />
        </li>
      ))}
      {isReading && (
        <li>
          <Loader size={14} aria-hidden /> Reading…
        </li>
      )}
    </ul>
  );
}
