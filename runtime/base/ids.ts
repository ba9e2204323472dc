import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Fills the array with unpredictable bytes. */
export type RandomFill = (bytes: Uint8Array) => void;

/** Makes one new id at each call. */
export type NewId = () => string;

const POOL_BYTES = 4_096;
const RANDOM_BYTES_PER_ID = 10;
const HIGHEST_COUNTER = 0xf_ff;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Makes UUIDv7 ids (RFC 9562, 5.7): 48 bits of milliseconds, then a 12-bit counter that starts at a random
 * place in its lower half each millisecond (RFC 9562, 6.2, method 1), then 62 random bits. Ids of one source
 * always grow, also when the clock stands still or goes back.
 */
export function createIds(clock: Clock, fillRandom: RandomFill = randomFillSync): NewId {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let timeMs = 0;
  let counter = 0;

  return () => {
    if (used + RANDOM_BYTES_PER_ID > POOL_BYTES) {
      fillRandom(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + RANDOM_BYTES_PER_ID);
    used += RANDOM_BYTES_PER_ID;

    const nowMs = clock.now();
    if (nowMs > timeMs) {
      timeMs = nowMs;
      counter = ((byteAt(random, 0) << 8) | byteAt(random, 1)) & 0x7_ff;
    } else if (counter < HIGHEST_COUNTER) {
      counter += 1;
    } else {
      timeMs += 1;
      counter = 0;
    }
    return format(timeMs, counter, random);
  };
}

/** The lowest UUIDv7 of a millisecond: every id made earlier sorts before it. */
export function lowestIdAt(timeMs: number): string {
  return format(Math.max(0, timeMs), 0, new Uint8Array(RANDOM_BYTES_PER_ID));
}

function format(timeMs: number, counter: number, random: Uint8Array): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const variant = (byteAt(random, 2) & 0x3f) | 0x80;
  let tail = '';
  for (let at = 4; at < RANDOM_BYTES_PER_ID; at += 1) tail += hex(byteAt(random, at));
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${hex(variant)}${hex(byteAt(random, 3))}-${tail}`;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function hex(byte: number): string {
  return HEX[byte] ?? '';
}
