import { type PracticeMemory } from '../../domain/failover/name-memory';
import { type PracticePolicy } from '../../domain/failover/name-policy';
import { standingOrder } from '../../domain/failover/standing-order';
import { freshValue } from '../../domain/reading';
import { type Instant, instant, type Permille, plus } from '../../domain/units';
import { isInForce, wallClock } from '../scale/schedule';
import { type NameScene, others, type SiteView } from './scene';

export interface Practising {
  /** The rehearsal that goes on or begins now. */
  readonly running: PracticeMemory | null;
  /** What is remembered of the last one, ended or not; a beginning is remembered once its first step is done. */
  readonly remembered: PracticeMemory | null;
}

/** A rehearsal runs until its end, its outcome alarm, silence in place of that, or trouble elsewhere; a new one begins when it is due and all is well. */
export function judgePractice(scene: NameScene): Practising {
  const { name, policy, now } = scene;
  const last = name.memory.practice;
  if (policy.practice === null) return { running: null, remembered: last };
  const isRunning = last !== null && last.abortedBecause === null && now < last.until;
  if (!isRunning) return { running: beginning(policy.practice, last, scene), remembered: last };
  const abortedBecause = whyAbort(last, policy.practice, scene);
  if (abortedBecause === null) return { running: last, remembered: last };
  return { running: null, remembered: { ...last, abortedBecause } };
}

function whyAbort(
  { siteName }: PracticeMemory,
  { abortErrorShare }: PracticePolicy,
  { sites }: NameScene,
): string | null {
  const surviving = sites.filter(({ site }) => site.name !== siteName);
  const failing = surviving.find((view) => isFailing(view, abortErrorShare));
  if (failing !== undefined)
    return `more than ${abortErrorShare} ‰ of the requests fail in ${failing.site.name}`;
  const silent = surviving.find((view) => errorShareOf(view) === undefined);
  if (silent !== undefined) return `nobody knows how many requests fail in ${silent.site.name}`;
  const lost = surviving.find(({ judgement }) => judgement.verdict !== 'up');
  return lost === undefined ? null : `${lost.site.name} is not known to be up`;
}

function beginning(
  practice: PracticePolicy,
  last: PracticeMemory | null,
  scene: NameScene,
): PracticeMemory | null {
  const due = dueSite(practice, scene);
  if (due === null || scene.now >= plus(due.startedAt, practice.durationMs)) return null;
  if (last !== null && last.startedAt >= due.startedAt) return null;
  const view = scene.sites.find(({ site }) => site.name === due.siteName);
  if (view === undefined || !isAllWell(view, practice, scene)) return null;
  return { ...due, until: plus(due.startedAt, practice.durationMs), abortedBecause: null };
}

/** A person’s wish comes before the schedule. */
function dueSite(
  practice: PracticePolicy,
  { name, policy, now }: NameScene,
): Pick<PracticeMemory, 'siteName' | 'startedAt'> | null {
  const ordered = policy.sites
    .map(({ name: siteName }) => standingOrder(siteName, ['practice'], name))
    .find((order) => order !== undefined);
  if (ordered !== undefined) return { siteName: ordered.siteName, startedAt: ordered.at };
  const startedAt = windowBegin(practice, now);
  return startedAt === null ? null : { siteName: practice.site, startedAt };
}

/** When the window of the schedule began that holds now; null outside of it. */
function windowBegin(
  { timeZone, days, fromMinute, durationMs }: PracticePolicy,
  now: Instant,
): Instant | null {
  const clock = wallClock(now, timeZone);
  const minutes = Math.ceil(durationMs / 60_000);
  const toMinute = (fromMinute + minutes) % 1440;
  const schedule = { timeZone, days, fromMinute, toMinute, name: 'practice', min: null, max: null };
  if (clock === null || !isInForce(schedule, now)) return null;
  const passed = (clock.minute - fromMinute + 1440) % 1440;
  return instant(now - (now % 60_000) - passed * 60_000);
}

/** A pool that freshly fails more of its requests than this is no place to send more to. */
const isFailing = (view: SiteView, errorShare: Permille): boolean =>
  (errorShareOf(view) ?? 0) > errorShare;

const errorShareOf = ({ capacity }: SiteView): number | undefined =>
  capacity === undefined ? undefined : freshValue(capacity.errorShare);

/** Every site up and whole, every pool that stays known not to fail, nothing frozen. */
function isAllWell(view: SiteView, { abortErrorShare }: PracticePolicy, scene: NameScene): boolean {
  const { freeze } = scene.name;
  if (freeze !== null && freeze.until > scene.now) return false;
  const isWhole = scene.sites.every(
    ({ judgement, level, memory }) =>
      judgement.verdict === 'up' && level === 1000 && memory.move === null,
  );
  const isWell = (other: SiteView): boolean =>
    errorShareOf(other) !== undefined && !isFailing(other, abortErrorShare);
  return isWhole && others(view, scene).every(isWell);
}
