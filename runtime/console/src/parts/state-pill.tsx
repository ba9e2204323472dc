import './state-pill.css';

export type Tone = 'good' | 'warn' | 'bad' | 'off' | 'busy';

/** Every state the kernel knows of anything, and how it looks. */
const tones: Readonly<Record<string, Tone>> = {
  active: 'good',
  ACTIVE: 'good',
  configured: 'good',
  available: 'off',
  stopped: 'off',
  disabled: 'off',
  starting: 'busy',
  draining: 'busy',
  error: 'bad',
  quarantined: 'warn',
  proposed: 'warn',
  armed: 'good',
  paused: 'off',
  SUCCEEDED: 'good',
  COMPLETED: 'good',
  ALLOWED: 'good',
  REQUESTED: 'busy',
  QUEUED: 'busy',
  PENDING: 'warn',
  PROCESSING: 'busy',
  RUNNING: 'busy',
  WAITING: 'warn',
  FAILED: 'bad',
  DENIED: 'bad',
  UNKNOWN: 'warn',
  CANCELED: 'off',
  EXPIRED: 'off',
};

interface StatePillProps {
  readonly state: string;
  /** In place of the usual look of the state. */
  readonly tone?: Tone;
  /** In place of the state's own word. */
  readonly label?: string;
}

/** A state as a dot and a word: never by colour alone. */
export function StatePill({
  state,
  tone = tones[state] ?? tones[state.toUpperCase()] ?? 'off',
  label = state.toLowerCase(),
}: StatePillProps) {
  return (
    <span className="state-pill" data-tone={tone}>
      <span className="state-pill-dot" aria-hidden />
      {label}
    </span>
  );
}
