/** Something wrong in what would be deployed, and what to do about it. */
export interface Finding {
  /** `error`: must not be deployed. `warning`: may be meant. */
  readonly severity: 'error' | 'warning';
  /** Where, such as `resources.on-alarm.props.timeout`. */
  readonly place: string;
  readonly problem: string;
  readonly remedy: string;
}

export const errorAt = (place: string, problem: string, remedy: string): Finding => ({
  severity: 'error',
  place,
  problem,
  remedy,
});

export const warningAt = (place: string, problem: string, remedy: string): Finding => ({
  severity: 'warning',
  place,
  problem,
  remedy,
});
