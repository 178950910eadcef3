import { type BackendState } from './memory';
import { type Rung } from './policy';
import { REASONS, type ReasonCode } from './reasons';
import { instant, type Instant } from './units';

/** Instance tag that holds an ejection or a ramp, so that losing the store loses nothing. */
export const HEAL_TAG = 'evenkeel:heal';
/** Instance tag that keeps every hand off. */
export const PROTECTED_TAG = 'evenkeel:protected';
/** The cloud takes at most 128 characters in a tag's value. */
const LENGTH_MAX = 128;

/** What an instance tag remembers of a backend that is held back. */
export interface HealTag {
  readonly state: Extract<BackendState, 'ejected' | 'probation'>;
  readonly cause: ReasonCode | null;
  readonly since: Instant;
  readonly until: Instant | null;
  readonly offences: number;
  readonly rung: Rung | null;
  /** Base weights of the instance's attachments, ordered by target key and port; empty when they did not fit. */
  readonly baseWeights: readonly number[];
  readonly operationId: string | null;
}

const RUNGS: readonly Rung[] = ['lower-weight', 'drain', 'restart', 'reboot', 'replace'];
const PATTERN =
  /^v1 (?<state>[ep]) (?<cause>[a-z-]+) (?<since>[0-9a-z]{1,11}) (?<until>[0-9a-z]{1,11}|-) (?<offences>[0-9]{1,4}) (?<rung>[0-4]|-) (?<weights>[0-9]{1,3}(?:x[0-9]{1,4})?(?:,[0-9]{1,3}(?:x[0-9]{1,4})?)*|-) (?<operation>[A-Za-z0-9-]{1,40})$/;

/**
 * The tag's value, at most 128 characters: version, state, cause, since, until, offences, rung, weights, operation.
 * Instants are base 36; equal weights in a row are counted (`50x3`).
 *
 * Example: `v1 e outlier-errors mfk3a2b0 mfk3b5c0 1 1 100,50x2 -`.
 */
export function encodeHealTag(tag: HealTag): string {
  const head = [
    'v1',
    tag.state === 'ejected' ? 'e' : 'p',
    tag.cause ?? '-',
    tag.since.toString(36),
    tag.until?.toString(36) ?? '-',
  ];
  const middle = [String(tag.offences), tag.rung === null ? '-' : String(RUNGS.indexOf(tag.rung))];
  const compose = (weights: string): string =>
    [...head, ...middle, weights, tag.operationId ?? '-'].join(' ');
  const whole = compose(encodeWeights(tag.baseWeights));
  return whole.length <= LENGTH_MAX ? whole : compose('-');
}

/** What the value says, or null when it is not one of ours or was tampered with. */
export function decodeHealTag(value: string): HealTag | null {
  const groups = value.length <= LENGTH_MAX ? PATTERN.exec(value)?.groups : undefined;
  if (groups === undefined) return null;
  const field = (name: string): string => groups[name] ?? NOTHING;
  const time = (name: string): Instant => instant(parseInt(field(name), 36));
  const cause = field('cause');
  const baseWeights = decodeWeights(field('weights'));
  if (baseWeights === null || !isCause(cause)) return null;
  return {
    state: field('state') === 'e' ? 'ejected' : 'probation',
    cause: cause === NOTHING ? null : cause,
    since: time('since'),
    until: field('until') === NOTHING ? null : time('until'),
    offences: Number(field('offences')),
    rung: RUNGS[Number(field('rung'))] ?? null,
    baseWeights,
    operationId: field('operation') === NOTHING ? null : field('operation'),
  };
}

/** Stands for an absent field. */
const NOTHING = '-';

const isCause = (text: string): text is ReasonCode | typeof NOTHING =>
  text === NOTHING || Object.hasOwn(REASONS, text);

function encodeWeights(weights: readonly number[]): string {
  const runs: { weight: number; count: number }[] = [];
  for (const weight of weights) {
    const last = runs.at(-1);
    if (last?.weight === weight) last.count += 1;
    else runs.push({ weight, count: 1 });
  }
  return runs.length === 0
    ? '-'
    : runs.map(({ weight, count }) => (count === 1 ? `${weight}` : `${weight}x${count}`)).join(',');
}

function decodeWeights(text: string): readonly number[] | null {
  if (text === '-') return [];
  const weights = text.split(',').flatMap((run) => {
    const [weight, count] = run.split('x');
    return Array.from({ length: Number(count ?? 1) }, () => Number(weight));
  });
  return weights.every((weight) => weight <= 100) ? weights : null;
}
