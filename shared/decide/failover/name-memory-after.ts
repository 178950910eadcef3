import {
  type MoveMemory,
  type NameMemory,
  type SiteMemory,
  type WrittenRecord,
} from '../../domain/failover/name-memory';
import { wordOn } from '../../domain/failover/approvals';
import { readRemark } from '../../domain/failover/paused-remark';
import { since } from '../../domain/units';
import { type Practising } from './practice';
import { rememberUsual } from './remember-usual';
import { type NameScene } from './scene';
import { type SiteDecision } from './site-decision';

const MOVES_KEPT = 50;
const USED_KEPT = 100;

/** What is remembered whether or not the steps are done, and what only if they are. */
export function memoriesAfter(
  decisions: readonly SiteDecision[],
  practising: Practising,
  scene: NameScene,
): { readonly memoryIfDone: NameMemory; readonly memoryIfNot: NameMemory } {
  const { name, now } = scene;
  const memoryIfNot: NameMemory = {
    ...name.memory,
    updatedAt: now,
    sites: sitesAfter(decisions, ({ stay }) => stay, scene),
    written: stillTrue(scene),
    pending: decisions.flatMap(({ pending }) => pending ?? []),
    practice: practising.remembered,
  };
  const moves = newMoves(decisions, scene);
  const used = moves.flatMap(({ moveId }) => wordOn(moveId, name)?.approvalId ?? []);
  return {
    memoryIfNot,
    memoryIfDone: {
      ...memoryIfNot,
      sites: sitesAfter(decisions, ({ next }) => next, scene),
      moves: kept([...name.memory.moves, ...moves]),
      usedApprovals: [...name.memory.usedApprovals, ...used].slice(-USED_KEPT),
      practice: begun(moves, practising),
    },
  };
}

const sitesAfter = (
  decisions: readonly SiteDecision[],
  choose: (decision: SiteDecision) => SiteMemory,
  scene: NameScene,
): Readonly<Record<string, SiteMemory>> =>
  Object.fromEntries(
    decisions.map((decision) => [
      decision.view.site.name,
      rememberUsual(choose(decision), decision.view, scene),
    ]),
  );

/** The newest, and the last failover among them: as long as it is known, the next one is not the first. */
function kept(moves: readonly MoveMemory[]): readonly MoveMemory[] {
  const newest = moves.slice(-MOVES_KEPT);
  const last = moves.findLast(({ kind }) => kind === 'failover');
  if (last === undefined || newest.includes(last)) return newest;
  return [last, ...newest.slice(1)];
}

const newMoves = (decisions: readonly SiteDecision[], { name }: NameScene): readonly MoveMemory[] =>
  decisions
    .flatMap(({ move }) => move ?? [])
    .filter(({ moveId }) => name.memory.moves.every((known) => known.moveId !== moveId));

const begun = (moves: readonly MoveMemory[], { running, remembered }: Practising) =>
  moves.some(({ kind }) => kind === 'practice') ? running : remembered;

/**
 * What we wrote is forgotten once somebody changed it, so that a person’s later pause is not taken for ours. That we enabled a record
 * which still bears our note is not: only that tells the person’s pause from ours.
 */
function stillTrue({
  name,
  policy,
  now,
  isReadable,
  records,
}: NameScene): readonly WrittenRecord[] {
  if (!isReadable) return name.memory.written;
  return name.memory.written.filter((entry) => {
    const record = records.find(({ recordId }) => recordId === entry.recordId);
    const isRecent = since(entry.at, now) <= policy.verdict.freshMs;
    if (record === undefined) return false;
    const isNoted = readRemark(record.remark, policy.name) !== null;
    return isRecent || record.isEnabled === entry.isEnabled || (entry.isEnabled && isNoted);
  });
}
