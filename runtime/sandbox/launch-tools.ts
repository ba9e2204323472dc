import type { RuntimeClosure } from './runtime-closure.ts';
import type { SandboxFiles } from './sandbox-files.ts';
import type { TaskLimit } from './task-limit.ts';

/** What every launcher works with. */
export interface LaunchTools {
  readonly closure: RuntimeClosure;
  readonly files: SandboxFiles;
  readonly tasks: TaskLimit;
}
