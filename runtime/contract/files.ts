import { z } from 'zod';

/** A file that somebody gave to the assistant. */
export const uploadedFileSchema = z
  .object({
    name: z.string().describe('May differ from the name it came with'),
    path: z.string().describe('In the workspace, as tools are told it'),
    size: z.int().describe('In bytes'),
    at: z.int().describe('Milliseconds since 1970'),
  })
  .meta({ id: 'UploadedFile' });
export type UploadedFile = z.infer<typeof uploadedFileSchema>;
