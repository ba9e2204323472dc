import type { Contender } from '../contenders/contender.ts';
import type { Plan } from '../plan.ts';
import { processorMs } from '../processor-time.ts';
import { inRounds } from '../rounds.ts';
import { median } from '../statistics.ts';
import { measure, medianSample, type Sample } from './measure.ts';

/** What one contender reached with so many calls in flight: the medians of all rounds, and the rounds. */
export interface Pressed {
  readonly contender: string;
  readonly kind: Contender['kind'];
  readonly inFlight: number;
  readonly median: Sample;
  /** Processor time that the processes between client and server used for one call, in microseconds. */
  readonly processorMicros: number;
  readonly rounds: readonly Sample[];
}

/** Measures all contenders in turn, at each number of calls in flight that the plan names. */
export async function pressAll(
  contenders: readonly Contender[],
  plan: Plan,
  signal: AbortSignal,
): Promise<readonly Pressed[]> {
  const { limitMs, warmUpCalls } = plan;
  for (const { caller } of contenders)
    await measure(caller, { calls: warmUpCalls, inFlight: 16, limitMs }, signal);
  const pressed: Pressed[] = [];
  for (const [inFlight, calls] of Object.entries(plan.calls).map((entry) => entry.map(Number))) {
    const samples = new Map<Contender, { sample: Sample; micros: number }[]>();
    await inRounds(contenders, plan.rounds, async (contender) => {
      const load = { inFlight: inFlight ?? 1, calls: calls ?? 0, limitMs };
      const before = processorMs(contender.pids);
      const sample = await measure(contender.caller, load, signal);
      const micros = ((processorMs(contender.pids) - before) * 1_000) / sample.calls;
      samples.set(contender, [...(samples.get(contender) ?? []), { sample, micros }]);
    });
    for (const [{ name, kind }, taken] of samples) {
      const rounds = taken.map(({ sample }) => sample);
      const processorMicros = median(taken.map(({ micros }) => micros));
      const figures = { median: medianSample(rounds), processorMicros, rounds };
      pressed.push({ contender: name, kind, inFlight: inFlight ?? 1, ...figures });
    }
  }
  return pressed.sort((a, b) => a.inFlight - b.inFlight);
}

export const pressedColumns = ['', 'in flight', 'p50 ms', 'p99 ms', 'calls/s', 'processor µs/call'];

/** One line of a table for each measurement. */
export function pressedRows(pressed: readonly Pressed[]): (string | number)[][] {
  return pressed.map(({ contender, inFlight, median: { p50Ms, p99Ms, callsPerS }, processorMicros }) => [
    contender,
    inFlight,
    p50Ms,
    p99Ms,
    callsPerS,
    processorMicros,
  ]);
}
