import { factsOf, fingerprintOf, type SetupItem, writtenBy } from './setup-item';

/**
 * What becomes of one item:
 *
 * - `create`: it is not there
 * - `update`: it is as we wrote it, and the policy wants it otherwise now
 * - `restore`: somebody changed it since, or took our mark off
 * - `remove`: ours, and the policy does not want it any more
 * - `keep`: it is as wanted
 * - `leave`: named as ours are, without our mark: somebody else's
 */
export type Change = 'create' | 'update' | 'restore' | 'remove' | 'keep' | 'leave';

/** One thing that differs. Addresses appear without their secret. */
export interface Difference {
  readonly fact: string;
  readonly from: string;
  readonly to: string;
}

export interface PlannedItem {
  readonly change: Change;
  readonly regionId: string;
  readonly item: SetupItem;
  readonly differences: readonly Difference[];
}

const nameOf = ({ kind, value }: SetupItem): string => `${kind} ${value.name}`;

/** A web address without its last part, which may be a secret. Example: `https://a.example/…`. */
export const withoutSecret = (text: string): string =>
  /^https?:\/\//.test(text) ? text.replace(/(^https?:\/\/[^/]+(?:\/.*)?\/)[^/]*$/, '$1…') : text;

function differencesOf(live: SetupItem, wanted: SetupItem): readonly Difference[] {
  const [before, after] = [factsOf(live), factsOf(wanted)];
  return Object.keys(after)
    .filter((fact) => before[fact] !== after[fact])
    .map((fact) => {
      const [from, to] = [withoutSecret(before[fact] ?? ''), withoutSecret(after[fact] ?? '')];
      return { fact, from, to: from === to ? `${to} with another secret` : to };
    });
}

/** What has to be done in a region so that it has what is wanted, in the order in which it is done: groups before the rules that name them. */
export function planSetup(
  wanted: readonly SetupItem[],
  live: readonly SetupItem[],
  { regionId, deployment }: { readonly regionId: string; readonly deployment: string },
): readonly PlannedItem[] {
  const found = new Map(live.map((item) => [nameOf(item), item]));
  const names = new Set(wanted.map(nameOf));
  const kept = wanted.map((item): PlannedItem => {
    const present = found.get(nameOf(item));
    if (present === undefined) return { change: 'create', regionId, item, differences: [] };
    return { regionId, item, ...judge(present, item, deployment) };
  });
  const others = live.filter((item) => !names.has(nameOf(item)));
  return [...kept, ...others.map((item) => surplus(item, { regionId, deployment }))];
}

/** A rule that is as wanted but for our mark is marked again: without it nobody could tell that it is ours. */
function judge(
  live: SetupItem,
  wanted: SetupItem,
  deployment: string,
): Pick<PlannedItem, 'change' | 'differences'> {
  const written = writtenBy(live, deployment);
  const differences = differencesOf(live, wanted);
  if (written === null)
    return {
      change: 'restore',
      differences: [...differences, { fact: 'mark', from: 'none', to: 'ours' }],
    };
  if (differences.length === 0) return { change: 'keep', differences };
  return { change: written === fingerprintOf(live) ? 'update' : 'restore', differences };
}

const surplus = (
  item: SetupItem,
  { regionId, deployment }: { readonly regionId: string; readonly deployment: string },
): PlannedItem => ({
  change: writtenBy(item, deployment) === null ? 'leave' : 'remove',
  ...{ regionId, item, differences: [] },
});

/** What has to be done to take down all that this deployment set up, rules before the groups that they name. */
export const planRemoval = (
  live: readonly SetupItem[],
  place: { readonly regionId: string; readonly deployment: string },
): readonly PlannedItem[] => {
  const order = ['event-rule', 'alarm-rule', 'contact-group'] as const;
  return order.flatMap((kind) =>
    live.filter((item) => item.kind === kind).map((item) => surplus(item, place)),
  );
};

/** Whether anything would be written. */
export const isChange = ({ change }: PlannedItem): boolean =>
  change !== 'keep' && change !== 'leave';
