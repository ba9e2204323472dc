import type { PluginProcess } from '../contract/sandbox.ts';
import type { ProcessLimits } from './policy/policy.ts';

const INTERVAL_MS = 1_000;
const MIB = 1024 * 1024;
/** What V8 has beside the heap that the limit is about: young objects, code. */
const BESIDE_MB = 48;

/**
 * Looks every second at what a thread uses, and calls `end` with the reason when it is more than it may. The thread's own
 * limit is that of its heap: array buffers lie outside of it. Ends with the thread.
 */
export function watchThread(
  thread: PluginProcess,
  { heapMb, cpuSeconds = Infinity }: ProcessLimits,
  end: (reason: string) => void,
): void {
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    const used = await thread.usage();
    isLooking = false;
    if (used === null) return;
    const usedMb = used.memoryBytes / MIB;
    const usedSeconds = used.cpuMs / 1_000;
    if (usedMb > heapMb + BESIDE_MB) {
      end(`it used ${Math.round(usedMb)} MB of memory, and limits.memoryMb allows it ${heapMb}`);
    } else if (usedSeconds > cpuSeconds) {
      end(`it used ${usedSeconds} s of processor time, and limits.cpuSeconds allows it ${cpuSeconds}`);
    }
  };
  const timer = setInterval(() => void look(), INTERVAL_MS).unref();
  void thread.exited.then(() => clearInterval(timer));
}
