const waitMs = 1_000;

/**
 * Loads a part of the console. While the kernel is away it is tried again until it is back. When the kernel has another
 * build by then, whose parts have other names, the page is loaded anew. Rejects for a part that is there and broken.
 */
export async function loadPart<T>(load: () => Promise<T>): Promise<T> {
  for (let isSecond = false; ;) {
    try {
      return await load();
    } catch (error) {
      const served = await frontPage();
      if (served === null) {
        isSecond = false;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      } else if (!served.includes(ownEntry())) {
        window.location.reload();
        return await new Promise(() => undefined);
      } else {
        if (isSecond) throw error;
        isSecond = true;
      }
    }
  }
}

/** Null while the kernel is away, or makes a build. */
async function frontPage(): Promise<string | null> {
  try {
    const response = await fetch('/', { cache: 'no-store' });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}

/** The script that every page of this build names. */
function ownEntry(): string {
  return document.querySelector('script[type=module][src]')?.getAttribute('src') ?? '';
}
