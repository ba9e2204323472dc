import { constants } from 'node:fs';
import type { Machine } from '../seccomp/syscalls.ts';
import { numberOn, type Numbers } from '../seccomp/syscalls.ts';

/** System calls the launcher makes through their numbers. */
const CALLS: Readonly<Record<string, Numbers>> = {
  prctl: [157, 167],
  prlimit64: [302, 261],
  setsid: [112, 157],
  capset: [126, 91],
  seccomp: [317, 277],
  unshare: [272, 97],
  sethostname: [170, 161],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  mount_setattr: [442, 442],
  close_range: [436, 436],
  landlock_create_ruleset: [444, 444],
  landlock_add_rule: [445, 445],
  landlock_restrict_self: [446, 446],
};

/** One instruction of `launcher.pl`: a verb and its arguments. */
export type Instruction = readonly [verb: string, ...args: (string | number)[]];

/** What every list of instructions begins with. */
export function preamble(machine: Machine): Instruction[] {
  return [
    ...Object.entries(CALLS).map(([name, numbers]): Instruction => [
      'number',
      name,
      numberOn(machine, numbers) ?? -1,
    ]),
    // Another one on each machine too.
    ['number', 'O_NOFOLLOW', constants.O_NOFOLLOW],
  ];
}

/** The instructions as the launcher reads them. */
export function encodeInstructions(instructions: readonly Instruction[]): string {
  return instructions.map((words) => words.map((word) => `${word}\0`).join('')).join('');
}
