import { readFileSync } from 'node:fs';
import { systemCode } from '../../base/errors.ts';

/** A record of git that is longer counts as content. */
const longestRead = 1_048_576;

/** Packed and loose objects, which git names by their own hash; never a name that a program takes for code. */
const objectName =
  /^objects\/(?:[\da-f]{2}\/(?:[\da-f]{38}|[\da-f]{62})|pack\/pack-[\da-f]+\.(?:pack|idx|rev|bitmap|keep|promisor|mtimes)|info\/(?:packs|commit-graph))$/;
const recordName = /^(?:index|packed-refs|HEAD|FETCH_HEAD|ORIG_HEAD|info\/refs|logs\/.+|refs\/.+)$/;
/** The lines of HEAD and refs, of packed-refs, of FETCH_HEAD and logs: none is a statement of any language. */
const recordLine = /^(?:ref: refs\/\S+|\^?[\da-f]{40,64}(?:[ \t].*)?|# pack-refs with:.*|)$/;

/**
 * Whether a file of `.git` is what git writes down for itself, at every look at a folder: by its name there, and but for
 * objects by what it says too, as whoever writes it could else keep code in it that the plugin loads. Hooks and the
 * configuration are none.
 */
export function isGitRecord(name: string, path: string, bytes: number): boolean {
  if (objectName.test(name)) return true;
  if (!recordName.test(name) || bytes > longestRead) return false;
  try {
    const text = readFileSync(path, 'latin1');
    return name === 'index'
      ? text.startsWith('DIRC\0')
      : text.split('\n').every((line) => recordLine.test(line));
  } catch (error) {
    // Whoever reads the content finds out what is the matter with it.
    if (systemCode(error) === undefined) throw error;
    return false;
  }
}
