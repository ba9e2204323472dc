import { extname } from 'node:path';

const mostBytes = 120;
const mostExtensionChars = 20;

/**
 * A file name out of whatever somebody's system called a file: the last part of a path, without what cannot be seen,
 * what turns the direction of writing, what other systems refuse, and dots that would hide it. Twice changes nothing.
 * Where nothing is left of it, `otherwise`.
 */
export function cleanName(given: string, otherwise = 'file'): string {
  const last = given.normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const shown = last
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}<>:"|?*\uFFFD]/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '');
  if (shown === '') return otherwise;
  const extension = extname(shown).length <= mostExtensionChars ? extname(shown) : '';
  const stem = withinBytes(
    shown.slice(0, shown.length - extension.length),
    mostBytes - Buffer.byteLength(extension),
  );
  return `${stem.trimEnd()}${extension}`;
}

/** The beginning of a text that takes so many bytes at most, cut between characters. */
function withinBytes(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes)).replace(/\uFFFD$/, '');
}

/** The name for one more file of the same name: `report-2.pdf`. */
export function numberedName(name: string, number: number): string {
  if (number === 1) return name;
  const extension = extname(name);
  return `${name.slice(0, name.length - extension.length)}-${number}${extension}`;
}
