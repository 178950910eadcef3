import { type NamePolicy, type SitePolicy } from '../../shared/domain/failover/name-policy';
import {
  type NameMemory,
  type SiteMemory,
  EMPTY_NAME_MEMORY,
  freshSite,
} from '../../shared/domain/failover/name-memory';
import { type NameStep } from '../../shared/domain/failover/name-proposal';
import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import {
  type NameSnapshot,
  type SiteOrder,
  type Vote,
} from '../../shared/domain/failover/name-snapshot';
import { plus } from '../../shared/domain/units';
import { setScene, type NameScene, type SiteView } from '../../shared/decide/failover/scene';
import { NOW, ok, secondsAgo } from './builders';
import { aNameSnapshot, someVotes } from './name-builders';
import { nameLater, type NameTurn, nameTurn, type NameWorld } from './pure-names';

export const LOOK_SECONDS = 15;

export type Answers = Readonly<Record<string, Vote['answer']>>;

export type Sight = Partial<NameSnapshot> & { readonly answers?: Answers };

export interface PlayedStory {
  readonly world: NameWorld;
  readonly turns: readonly NameTurn[];
}

/** Looks every 15 seconds; `sight` says what is seen at a second of the story. Lines are weighted where the policy wants it. */
export function playName(
  start: NameWorld,
  policy: NamePolicy,
  seconds: number,
  sight: (second: number, world: NameWorld) => Sight = () => ({}),
): PlayedStory {
  const turns: NameTurn[] = [];
  let world = start;
  for (let second = 0; second < seconds; second += LOOK_SECONDS) {
    const { answers, ...seen } = sight(second, world);
    const lines = [...new Set(world.records.map(({ line }) => line))];
    const taken = nameTurn(world, policy, {
      votes: someVotes(policy, world.now, answers),
      weighting: ok(
        lines.map((line) => ({ line, isOn: policy.weighting })),
        world.now,
      ),
      ...seen,
    });
    turns.push(taken);
    world = nameLater(taken.world, LOOK_SECONDS);
  }
  return { world, turns };
}

/** One word for each step: `pause r-a-default`, `r-a-default = 10`, `note r-a-default`. */
export function wordFor(step: NameStep): string {
  switch (step.kind) {
    case 'enable-record':
      return `enable ${step.recordId}`;
    case 'pause-record':
      return `pause ${step.recordId}`;
    case 'set-record-weight':
      return `${step.recordId} = ${step.to}`;
    case 'remark-record':
      return `${step.remark === '' ? 'clear' : 'note'} ${step.recordId}`;
    case 'open-weighting':
      return `weights on ${step.line}`;
    case 'request-floor':
      return `floor ${step.poolName} ${step.count}`;
  }
}

export const wordsOf = (steps: readonly NameStep[]): readonly string[] => steps.map(wordFor);

/** What was done to the records in a story, in its order. */
export const deedsOf = (turns: readonly NameTurn[]): readonly string[] =>
  turns.flatMap(({ plan }) => wordsOf(plan.steps.filter(({ kind }) => kind !== 'request-floor')));

export const withheldIn = ({ plan }: Pick<NameTurn, 'plan'>): readonly string[] =>
  plan.withheld.map(({ step, rule }) => `${wordFor(step)}: ${rule}`);

/** Memory of one site; the rest is as fresh as can be. */
export const aSiteMemory = (parts: Partial<SiteMemory> = {}): SiteMemory => ({
  ...freshSite(secondsAgo(3600)),
  judgedAt: secondsAgo(15),
  ...parts,
});

export const aNameMemory = (
  sites: Readonly<Record<string, Partial<SiteMemory>>>,
  parts: Partial<NameMemory> = {},
): NameMemory => ({
  ...EMPTY_NAME_MEMORY,
  sites: Object.fromEntries(
    Object.entries(sites).map(([name, memory]) => [name, aSiteMemory(memory)]),
  ),
  ...parts,
});

/** A site that has been down for longer than the hold of three minutes. */
export const LONG_DOWN: Partial<SiteMemory> = {
  state: 'suspect',
  downSince: secondsAgo(200),
  judgedAt: secondsAgo(15),
};

/** A site that we moved away an hour ago, and that is up for longer than the hold of a quarter of an hour. */
export const LONG_UP: Partial<SiteMemory> = {
  state: 'recovering',
  upSince: secondsAgo(1000),
  judgedAt: secondsAgo(15),
  move: { moveId: 'failover-1', kind: 'failover', at: secondsAgo(7200) },
};

export const NOTE = 'evenkeel:paused:www';

/** A record that we paused: off, with our note. */
export const pausedByUs = (record: DnsRecord, weight: number | null = null): DnsRecord => ({
  ...record,
  isEnabled: false,
  remark: weight === null ? NOTE : `${NOTE}:${weight}`,
  weight: weight === null ? null : 1,
});

export const anOrder = (
  kind: SiteOrder['kind'],
  siteName: string,
  parts: Partial<SiteOrder> = {},
): SiteOrder => ({
  kind,
  siteName,
  by: 'ann',
  reason: 'maintenance',
  at: secondsAgo(60),
  until: plus(NOW, 3_600_000),
  ...parts,
});

export const weighted = (...lines: readonly string[]) =>
  ok((lines.length === 0 ? ['default'] : lines).map((line) => ({ line, isOn: true })));

/** A scene of decisions, and one site in it. */
export function aScene(policy: NamePolicy, { answers, ...parts }: Sight = {}): NameScene {
  const name = aNameSnapshot(policy, parts);
  const votes = parts.votes ?? someVotes(policy, name.takenAt, answers);
  return setScene({ ...name, votes }, policy);
}

export function viewOf(siteName: SitePolicy['name'], scene: NameScene): SiteView {
  const view = scene.sites.find(({ site }) => site.name === siteName);
  if (view === undefined) throw new Error(`no site ${siteName}`);
  return view;
}
