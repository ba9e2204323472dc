import { accessSync, chmodSync, constants, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { syncFolder, type Descriptor } from './descriptor.ts';
import { FileFault, systemCode } from './faults.ts';
import { NameClaim } from './name-claim.ts';
import type { Place } from './workspace.ts';

/** What must hold at the last moment: nothing, that the name is free, or that the file is the one that was read. */
type Expectation = 'anything' | 'new' | 'unchanged';

/**
 * Writes a whole file so that a reader sees the old or the new content, never a part, even after a power cut:
 * a new file beside it, flushed, renamed over it. The mode of a replaced file is kept; a link elsewhere to the
 * replaced inode (a hard link) keeps the old content. After a kill in between, a file `.<uuid>.nexus-tmp` may stay.
 */
export async function replaceFile(place: Place, data: Uint8Array, expect: Expectation): Promise<void> {
  const previous = place.entry;
  if (previous !== undefined && previous.kind !== 'file') {
    throw new FileFault('NOT_A_FILE', `"${place.path}" is not a regular file`, 'Choose another name');
  }
  if (previous !== undefined) accessSync(previous.self, constants.W_OK);
  const mode = previous === undefined ? undefined : previous.stats.mode & 0o777;
  const temporary = `.${crypto.randomUUID()}.nexus-tmp`;
  await using file = await open(
    place.folder.child(temporary),
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    mode === undefined ? 0o666 : 0o600,
  );
  try {
    await file.writeFile(data);
    // Under --permission Node switches fchmod and fsync by number off. This path is the descriptor, so no race.
    if (mode !== undefined) chmodSync(`/proc/self/fd/${file.fd}`, mode);
    await file.sync();
    using claim = expect === 'new' ? new NameClaim(place.folder, place.name, false) : undefined;
    if (expect === 'unchanged') assertUnchanged(place);
    renameSync(place.folder.child(temporary), place.folder.child(place.name));
    claim?.use();
  } catch (error) {
    removeQuietly(place.folder, temporary);
    throw error;
  }
  await syncFolder(place.folder);
}

/** Removes what an interrupted step left; the error that interrupted it is the one to report. */
function removeQuietly(folder: Descriptor, name: string): void {
  try {
    unlinkSync(folder.child(name));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** A last look before the rename: what was read must still be what is there. */
function assertUnchanged(place: Place): void {
  const seen = place.existing().stats;
  const now = lstatSync(place.folder.child(place.name), { throwIfNoEntry: false });
  const isSame =
    now !== undefined &&
    now.ino === seen.ino &&
    now.size === seen.size &&
    now.mtimeMs === seen.mtimeMs &&
    now.ctimeMs === seen.ctimeMs;
  if (isSame) return;
  throw new FileFault(
    'CHANGED_MEANWHILE',
    `"${place.path}" was changed by someone else meanwhile`,
    'Read it again and repeat the change',
  );
}
