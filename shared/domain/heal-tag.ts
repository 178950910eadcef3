import { attachmentKey, placeOf, sortedAttachments } from './attachment';
import { type BackendState } from './memory';
import { checksum } from './operation-id';
import { type Rung } from './policy';
import { type BackendSnapshot } from './pool';
import { REASONS, type ReasonCode } from './reasons';
import { instant, type Instant } from './units';

/** What the keys of all heal tags begin with. */
const HEAL_PREFIX = 'evenkeel:heal:';
/**
 * Key of the instance tag that holds an ejection or a ramp, so that losing the store loses nothing. An instance that is in
 * two pools has two: neither reads nor removes the other's. Example: `evenkeel:heal:web`.
 */
export const healTag = (poolName: string): string => `${HEAL_PREFIX}${poolName}`;
/** A heal tag of whichever pool. */
export const isHealTag = (key: string): boolean => key.startsWith(HEAL_PREFIX);
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
  /** Which attachment each base weight belongs to, see `placeMarks`; absent or empty when the order alone must do. */
  readonly places?: readonly string[];
}

const RUNGS: readonly Rung[] = ['lower-weight', 'drain', 'restart', 'reboot', 'replace'];
const PATTERN =
  /^v1 (?<state>[ep]) (?<cause>[a-z-]+) (?<since>[0-9a-z]{1,11}) (?<until>[0-9a-z]{1,11}|-) (?<offences>[0-9]{1,4}) (?<rung>[0-4]|-) (?<weights>[0-9]{1,3}(?:x[0-9]{1,4})?(?:,[0-9]{1,3}(?:x[0-9]{1,4})?)*|-) (?<operation>[A-Za-z0-9-]{1,40})(?: (?<places>(?:[0-9a-z]{3})+))?$/;

/** The mark of a place in a tag has this many characters of its checksum. */
const MARK_LENGTH = 3;

/**
 * A short mark for each attachment, in their order: by it a base weight is found again when the attachments are others than
 * when the tag was written. None where two would be the same.
 */
export function placeMarks(backend: BackendSnapshot): readonly string[] {
  const marks = sortedAttachments(backend).map((attachment) =>
    checksum([placeOf(attachment)]).slice(-MARK_LENGTH),
  );
  return new Set(marks).size === marks.length ? marks : [];
}

/**
 * The base weights that the tag tells of the attachments there are, by attachment key: by their marks, or by their order when
 * there are none and their number is the same. What it does not tell is left out.
 */
export function weightsInTag(
  tag: HealTag,
  backend: BackendSnapshot,
): Readonly<Record<string, number>> {
  const attachments = sortedAttachments(backend);
  const told = tag.places ?? [];
  const isOrdered = told.length === 0 && tag.baseWeights.length === attachments.length;
  const marks = placeMarks(backend);
  const entries = attachments.flatMap((attachment, index): readonly [string, number][] => {
    const place = isOrdered ? index : told.indexOf(marks[index] ?? '');
    const weight = tag.baseWeights[place];
    return weight === undefined ? [] : [[attachmentKey(backend, attachment), weight]];
  });
  return Object.fromEntries(entries);
}

/**
 * The tag's value, at most 128 characters: version, state, cause, since, until, offences, rung, weights, operation, places.
 * Instants are base 36; equal weights in a row are counted (`50x3`). What does not fit is left out: places, then weights.
 *
 * Example: `v1 e outlier-errors mfk3a2b0 mfk3b5c0 1 1 100,50x2 - 0k3b7a9zz`.
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
  const compose = (weights: string, places: readonly string[]): string =>
    [...head, ...middle, weights, tag.operationId ?? NOTHING, ...places].join(' ');
  const weights = encodeWeights(tag.baseWeights);
  const marks = (tag.places ?? []).join('');
  const fitting = [compose(weights, marks === '' ? [] : [marks]), compose(weights, [])].find(
    (text) => text.length <= LENGTH_MAX,
  );
  return fitting ?? compose(NOTHING, []);
}

/** What the value says, or null when it is not one of ours or was tampered with. */
export function decodeHealTag(value: string): HealTag | null {
  const groups = value.length <= LENGTH_MAX ? PATTERN.exec(value)?.groups : undefined;
  if (groups === undefined) return null;
  const field = (name: string): string => groups[name] ?? NOTHING;
  const cause = field('cause');
  const baseWeights = decodeWeights(field('weights'));
  const [since, until] = [decodeTime(field('since')), decodeTime(field('until'))];
  if (baseWeights === null || !isCause(cause) || until === null) return null;
  if (typeof since !== 'number') return null;
  const places = field('places').match(EACH_MARK);
  return {
    state: field('state') === 'e' ? 'ejected' : 'probation',
    cause: present(cause),
    since,
    until: until === 'none' ? null : until,
    offences: Number(field('offences')),
    rung: RUNGS[Number(field('rung'))] ?? null,
    baseWeights,
    operationId: present(field('operation')),
    ...(places !== null && { places }),
  };
}

const present = <T extends string>(text: T): Exclude<T, typeof NOTHING> | null =>
  text === NOTHING ? null : (text as Exclude<T, typeof NOTHING>);

/** Null for a time beyond all times, which nobody wrote and which nothing could be computed with. */
function decodeTime(text: string): Instant | 'none' | null {
  if (text === NOTHING) return 'none';
  const time = parseInt(text, 36);
  return Number.isSafeInteger(time) ? instant(time) : null;
}

const EACH_MARK = new RegExp(`.{${MARK_LENGTH}}`, 'g');
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
