import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Fills the array with unpredictable bytes. */
export type RandomFill = (bytes: Uint8Array) => void;

/** Makes one new id at each call. */
export type NewId = () => string;

const POOL_BYTES = 4_096;
const RANDOM_BYTES_PER_ID = 10;
/** 11 bits: the counter's highest bit stays 0. */
const COUNTER_VALUES = 2_048;
const HIGHEST_COUNTER = COUNTER_VALUES - 1;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Makes UUIDv7 ids (RFC 9562, 5.7): 48 bits of milliseconds, a 12-bit counter (RFC 9562, 6.2, method 1), then 62
 * random bits. The counter uses 11 bits, so that time and counter together are an exact number (`sequenceOf`); it
 * starts each millisecond at a random place below 256, which leaves at least 1,792 ids a millisecond. Ids of one
 * source always grow, also when the clock stands still or goes back, and are above the sequence number `above`.
 */
export function createIds(clock: Clock, above = 0, fillRandom: RandomFill = randomFillSync): NewId {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  let timeMs = Math.floor(above / COUNTER_VALUES);
  let counter = above % COUNTER_VALUES;

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
      counter = byteAt(random, 1);
    } else if (counter < HIGHEST_COUNTER) {
      counter += 1;
    } else {
      timeMs += 1;
      counter = 0;
    }
    return format(timeMs, counter, random);
  };
}

/**
 * The place of an id in the order of ids: milliseconds × 2,048 + counter, exact until 2109. Null when it is no UUIDv7,
 * or one that `createIds` cannot have made.
 */
export function sequenceOf(id: string): number | null {
  if (!UUID_V7.test(id)) return null;
  const counter = Number.parseInt(id.slice(15, 18), 16);
  const sequence = timeOf(id) * COUNTER_VALUES + counter;
  return counter <= HIGHEST_COUNTER && Number.isSafeInteger(sequence) ? sequence : null;
}

/** Ids of `createIds` before this UUIDv7, whoever made that, have sequence numbers below the answer. Null when the id is no UUIDv7. */
export function sequenceBound(id: string): number | null {
  if (!UUID_V7.test(id)) return null;
  const counter = Number.parseInt(id.slice(15, 18), 16);
  return timeOf(id) * COUNTER_VALUES + Math.min(counter, COUNTER_VALUES);
}

/** The lowest sequence number of a millisecond: every id made earlier has a lower one. */
export function lowestSequenceAt(timeMs: number): number {
  return Math.max(0, Math.floor(timeMs)) * COUNTER_VALUES;
}

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
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
