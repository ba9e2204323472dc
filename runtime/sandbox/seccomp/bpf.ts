/** One classic BPF instruction: operation, jump when true, jump when false, operand. */
export type Instruction = readonly [code: number, whenTrue: number, whenFalse: number, operand: number];

/** Opcodes of linux/bpf_common.h that a seccomp filter needs; all loads are absolute 32-bit words. */
const OPCODE = { load: 0x20, jumpEqual: 0x15, jumpAtLeast: 0x35, jumpAnyBit: 0x45, answer: 0x06 } as const;

/** Offsets in `struct seccomp_data` (linux/seccomp.h); of an argument the low word, both machines are little-endian. */
export const OFFSET = {
  syscall: 0,
  architecture: 4,
  argument: (index: number): number => 16 + index * 8,
} as const;

/** Answers of linux/seccomp.h. */
export const ANSWER = {
  allow: 0x7fff0000,
  killProcess: 0x80000000,
  fail: (errno: number): number => 0x00050000 | errno,
} as const;

export function load(offset: number): Instruction {
  return [OPCODE.load, 0, 0, offset];
}
export function answer(value: number): Instruction {
  return [OPCODE.answer, 0, 0, value];
}

/** Runs `body`, which must end with an answer, when the loaded word equals `value`; goes on behind it otherwise. */
export function whenEqual(value: number, body: readonly Instruction[]): Instruction[] {
  return [[OPCODE.jumpEqual, 0, skip(body), value], ...body];
}
/** Answers `value` unless the loaded word equals `wanted`. */
export function requireEqual(wanted: number, value: number): Instruction[] {
  return [[OPCODE.jumpEqual, 1, 0, wanted], answer(value)];
}
/** As `whenEqual`, for a loaded word that is `value` or more. */
export function whenAtLeast(value: number, body: readonly Instruction[]): Instruction[] {
  return [[OPCODE.jumpAtLeast, 0, skip(body), value], ...body];
}
/** As `whenEqual`, for a loaded word that has any bit of `mask`. */
export function whenAnyBit(mask: number, body: readonly Instruction[]): Instruction[] {
  return [[OPCODE.jumpAnyBit, 0, skip(body), mask], ...body];
}

/** The program as the array of `struct sock_filter` the kernel wants. */
export function assemble(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, [code, whenTrue, whenFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(whenTrue, index * 8 + 2);
    bytes.writeUInt8(whenFalse, index * 8 + 3);
    bytes.writeUInt32LE(operand >>> 0, index * 8 + 4);
  }
  return bytes;
}

function skip(body: readonly Instruction[]): number {
  if (body.length > 255) throw new RangeError(`a BPF jump reaches 255 instructions, not ${body.length}`);
  return body.length;
}
