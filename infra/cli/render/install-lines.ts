import { type ChosenSecret } from '../../install/alarm-secret';
import { isChange, type PlannedItem } from '../../install/plan-setup';
import { type Colours } from '../terminal';

const KINDS = {
  'alarm-rule': 'alarm rule',
  'event-rule': 'event rule',
  'contact-group': 'contact group',
} as const;

const SIGNS = {
  create: '+',
  update: '~',
  restore: '!',
  remove: '-',
  keep: ' ',
  leave: ' ',
} as const;

const WHY: Readonly<Record<PlannedItem['change'], string>> = {
  create: 'is not there',
  update: 'the policy wants it otherwise',
  restore: 'somebody changed it',
  remove: 'ours, and not wanted any more',
  keep: 'as wanted',
  leave: 'named as ours are, but not ours: left alone',
};

/** One planned item in one line, and one more for each thing that differs. */
export const itemLines = (
  { change, item, regionId, differences }: PlannedItem,
  colours: Colours,
): readonly string[] => {
  const colour = { create: colours.green, remove: colours.red, restore: colours.yellow };
  const paint = change in colour ? colour[change as keyof typeof colour] : (text: string) => text;
  const head = `${SIGNS[change]} ${change.padEnd(8)}${KINDS[item.kind]} ${item.value.name} in ${regionId}: ${WHY[change]}`;
  return [
    change === 'keep' ? colours.dim(head) : paint(head),
    ...differences.map(({ fact, from, to }) => `      ${fact}: ${from} → ${to}`),
  ];
};

const COUNTED = ['create', 'update', 'restore', 'remove'] as const;

/** The whole plan, and its sum. */
export const setupLines = (items: readonly PlannedItem[], colours: Colours): readonly string[] => {
  const counts = COUNTED.flatMap((change) => {
    const count = items.filter((item) => item.change === change).length;
    return count === 0 ? [] : [`${count} to ${change}`];
  });
  return [
    ...items.flatMap((item) => itemLines(item, colours)),
    items.some(isChange) ? colours.bold(`Plan: ${counts.join(', ')}.`) : colours.bold('No change.'),
  ];
};

/** What the functions must be told; a new secret is shown here and nowhere else. */
export const secretLines = (chosen: ChosenSecret | null, colours: Colours): readonly string[] => {
  if (chosen?.from !== 'new') return [];
  return [
    colours.yellow('A new secret, shown this once. Give it to on-alarm, then deploy:'),
    `  export ${chosen.variable}=${chosen.secret.reveal()}`,
  ];
};
