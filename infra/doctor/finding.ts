/** What a look at one thing came to. `skipped`: it could not be told, and why. */
export type FindingStatus = 'ok' | 'warning' | 'problem' | 'skipped';

export const CHECK_NAMES = [
  'credentials',
  'endpoints',
  'clock',
  'permissions',
  'quota',
  'pools',
  'functions',
  'alarms',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

/** One thing that was looked at, and what to do about it where it is not well. */
export interface Finding {
  readonly check: CheckName;
  /** What it is about: an action, a host, a pool. */
  readonly subject: string;
  readonly status: FindingStatus;
  readonly sentence: string;
  readonly remedy: string | null;
}

export const well = (check: CheckName, subject: string, sentence: string): Finding => ({
  ...{ check, subject, sentence },
  ...{ status: 'ok', remedy: null },
});

export const unwell = (
  check: CheckName,
  subject: string,
  {
    status = 'problem',
    sentence,
    remedy,
  }: {
    readonly status?: Exclude<FindingStatus, 'ok'>;
    readonly sentence: string;
    readonly remedy: string;
  },
): Finding => ({ check, subject, status, sentence, remedy });
