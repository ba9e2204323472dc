import type { Clock } from '../base/clock.ts';
import { newLife, nextLife, type Life, type LifeEvent } from './life.ts';
import type { Voice } from './voice.ts';

/** The life of one version of a plugin; others hear of each change while the version is in force. */
export class VersionLife {
  readonly #clock: Clock;
  readonly #voice: Voice;
  #now: Life;

  constructor(clock: Clock, voice: Voice) {
    this.#clock = clock;
    this.#voice = voice;
    this.#now = newLife(clock.now());
  }

  get now(): Life {
    return this.#now;
  }

  /** In error or quarantined. */
  get isOut(): boolean {
    return this.#now.state === 'error' || this.#now.state === 'quarantined';
  }

  /** Other tools are known of it, or offered. */
  relisted(): void {
    this.#voice.tell('listing');
  }

  /** Out no more: as it was when it was prepared. */
  revive(): void {
    if (!this.isOut) return;
    this.become({ type: 'found' });
    this.become({ type: 'prepared' });
  }

  become(event: LifeEvent): void {
    this.#now = nextLife(this.#now, event, this.#clock.now());
    this.#voice.tell('status');
  }
}
