import { isRecord } from '../../api/api-error.ts';

/** The JSON object that a person wrote, or what is wrong with it. */
export function readObject(text: string): Record<string, unknown> | string {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? { ...value } : 'Arguments are a JSON object: {"name": value, …}';
  } catch (error) {
    if (error instanceof SyntaxError) return `This is not JSON: ${error.message}`;
    throw error;
  }
}
