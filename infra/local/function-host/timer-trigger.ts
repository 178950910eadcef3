import { type LocalClock } from '../contracts';
import { type TimerSettings } from './function-definition';

export interface TimerTriggerOptions {
  readonly clock: LocalClock;
  readonly timer: TimerSettings;
  /** What one minute of `@every` lasts; a rehearsal may shrink it. */
  readonly minuteMs: number;
  readonly fire: (event: Buffer) => void;
}

/** Fires at whole periods of the clock, as `@every` does, asynchronously: runs may overlap. Returns a function that ends it. */
export function startTimerTrigger(options: TimerTriggerOptions): () => void {
  const { clock, timer, minuteMs, fire } = options;
  const periodMs = timer.everyMinutes * minuteMs;
  let cancel = (): void => undefined;
  const arm = (): void => {
    cancel = clock.after(periodMs - (clock.now() % periodMs), () => {
      arm();
      fire(timerEvent(timer, clock.now()));
    });
  };
  arm();
  return () => cancel();
}

/** `{"triggerTime":"2026-01-01T00:01:00Z","triggerName":…,"payload":…}`; the payload is always text. */
const timerEvent = (timer: TimerSettings, at: number): Buffer =>
  Buffer.from(
    JSON.stringify({
      triggerTime: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
      triggerName: timer.triggerName,
      payload: timer.payload,
    }),
    'utf8',
  );
