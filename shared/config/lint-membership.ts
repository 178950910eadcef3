import { DEFAULT_GROUP, type Target } from '../domain/target';
import { lintRules, remarkIf, type PoolUnderLint, type Remark } from './lint-rule';

const isWithoutPort = ({ serverGroupId, port }: Target): boolean =>
  serverGroupId !== DEFAULT_GROUP && port === undefined;

/** One remark for every VServer group whose port nobody names. */
const withoutPort = ({ pool }: PoolUnderLint, rest: Omit<Remark, 'at'>): readonly Remark[] =>
  pool.targets.flatMap((target, index) =>
    remarkIf(isWithoutPort(target), () => ({ at: ['targets', index], ...rest })),
  );

/** Whether what is added can be added, and by whom. */
export const MEMBERSHIP_RULES = lintRules([
  {
    code: 'membership-without-port',
    severity: 'error',
    about: 'A VServer group needs a port for every member, and the target names none.',
    check: (subject) =>
      subject.pool.membership === undefined
        ? []
        : withoutPort(subject, {
            sentence:
              'Members of a VServer group have a port each, and this target does not say which: tagged instances could not be added.',
            remedy: 'Name the port in the target; for several ports, name one target for each.',
          }),
  },
  {
    code: 'scale-without-port',
    severity: 'warning',
    about: 'New instances get the port of the members that are there; an empty group has none.',
    check: (subject) =>
      subject.pool.scale === undefined || subject.pool.membership !== undefined
        ? []
        : withoutPort(subject, {
            sentence:
              'Members of a VServer group have a port each, and this target does not say which: new instances get the port that all members share, and while the group is empty or has several ports none is registered.',
            remedy: 'Name the port in the target.',
          }),
  },
  {
    code: 'membership-beside-scale',
    severity: 'info',
    about: 'Tagged instances count as capacity; scaling neither stops nor deletes them.',
    check: ({ pool: { scale, membership } }) =>
      remarkIf(scale !== undefined && membership !== undefined, () => ({
        at: ['membership'],
        sentence: `Instances tagged ${membership?.tagKey ?? ''} come and go as backends by that tag and count as capacity. Scaling launches its own beside them, and only those does it stop or delete.`,
        remedy: 'Nothing to do; keep the tag out of the launch template.',
      })),
  },
  {
    code: 'membership-adopts-strays',
    severity: 'error',
    about: 'Instances that the tag brought would be adopted and deleted by scaling in.',
    check: ({ pool: { scale, membership } }) =>
      remarkIf(membership !== undefined && scale?.inventory.strays === 'adopt', () => ({
        at: ['scale', 'inventory', 'strays'],
        sentence:
          'Instances that the membership tag brings do not carry the pool’s own: they would be adopted as strays, and scaling in may then delete them.',
        remedy: 'Set strays to leave, or remove membership.',
      })),
  },
  {
    code: 'replace-without-scale',
    severity: 'info',
    about: 'The rung replace needs the section scale; without it people are called.',
    check: ({ pool: { scale, heal } }) =>
      remarkIf(scale === undefined && heal.ladder.rungs.includes('replace'), () => ({
        at: ['heal', 'ladder', 'rungs'],
        sentence:
          'The rung replace is in use, and without scale nobody knows how to launch: people are called instead.',
        remedy: 'Add scale, or leave the rung out.',
      })),
  },
]);
