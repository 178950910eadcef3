import { type FleetPolicy } from './fleet-policy';
import { MOVE_RULES } from './lint-failover-moves';
import { SITE_RULES } from './lint-failover-sites';
import { NAME_TIME_RULES } from './lint-failover-times';
import { VOTE_RULES } from './lint-failover-votes';
import { nameRules, type NameRule } from './lint-name-rule';
import { remarkIf } from './lint-rule';

type Path = readonly PropertyKey[];

/** Every reference to a secret of the file, with its place. */
const secretPlaces = ({ alarmSecret, failover }: FleetPolicy) => {
  const sections: readonly (readonly [Path, typeof alarmSecret])[] = [
    [['alarmSecret'], alarmSecret],
    [['failover', 'approvalSecret'], failover?.approvalSecret ?? null],
    ...(failover?.outsideVoters ?? []).map(
      ({ secret }, index) => [['failover', 'outsideVoters', index, 'secret'], secret] as const,
    ),
  ];
  return sections.flatMap(([section, secret]) =>
    (['current', 'next'] as const).flatMap((key) => {
      const reference = secret?.[key] ?? null;
      return reference === null ? [] : [{ at: [...section, key], section, reference }];
    }),
  );
};

/** Rules over the section as a whole; places of these begin at the file. */
export const FAILOVER_RULES = [
  {
    code: 'failover-secret-shared',
    severity: 'error',
    about: 'One secret in two roles: who may vote could approve.',
    check: (fleet: FleetPolicy) => {
      const places = secretPlaces(fleet);
      return places.flatMap(({ at, section, reference }, index) =>
        remarkIf(
          places
            .slice(0, index)
            .some((one) => one.reference === reference && one.section !== section),
          () => ({
            at,
            sentence: `${reference} is used in another role already: whoever knows it could speak for both.`,
            remedy: 'Give every role a secret of its own.',
          }),
        ).map((remark) => ({ ...remark, poolName: null })),
      );
    },
  },
  {
    code: 'outside-voter-repeated',
    severity: 'error',
    about: 'Two outside voters of one name could not be told apart.',
    check: ({ failover }: FleetPolicy) => {
      const names = (failover?.outsideVoters ?? []).map(({ name }) => name);
      return names.flatMap((name, index) =>
        remarkIf(names.indexOf(name) < index, () => ({
          at: ['failover', 'outsideVoters', index, 'name'],
          sentence: `Another outside voter is named ${name} already.`,
          remedy: 'Give it a name of its own.',
        })).map((remark) => ({ ...remark, poolName: null })),
      );
    },
  },
] as const;

const IDENTITY_RULES = nameRules([
  {
    code: 'duplicate-name',
    severity: 'error',
    about: 'Two names could not be told apart.',
    check: ({ fleet: { names }, name, index }) =>
      remarkIf(names.findIndex((one) => one.name === name.name) < index, () => ({
        at: ['name'],
        sentence: `Another name is called ${name.name} already.`,
        remedy: 'Give it a name of its own.',
      })),
  },
  {
    code: 'name-record-shared',
    severity: 'error',
    about: 'Two names would write the same records.',
    check: ({ fleet: { names }, name, index }) => {
      const recordOf = ({ host, domain, type }: typeof name): string =>
        `${host}.${domain} ${type}`.toLowerCase();
      return remarkIf(names.findIndex((one) => recordOf(one) === recordOf(name)) < index, () => ({
        at: ['host'],
        sentence: `The records ${recordOf(name)} belong to another name already: two writers would undo each other’s work.`,
        remedy: 'Keep all sites of a host and type under one name.',
      }));
    },
  },
]);

/** Rules about one public name. */
export const NAME_RULES: readonly NameRule[] = [
  ...IDENTITY_RULES,
  ...VOTE_RULES,
  ...SITE_RULES,
  ...NAME_TIME_RULES,
  ...MOVE_RULES,
];
