import { ceilDiv, shareOf } from '../domain/units';
import { remarkIf, lintRules, type PoolUnderLint } from './lint-rule';
import { formatShare } from './notation';

const floorOf = ({ pool }: PoolUnderLint, members: number): number =>
  Math.max(pool.guards.floorCount, ceilDiv(members * pool.guards.floorShare, 1000));

/** Backends that may be ejected at once, as the guard counts them: the smaller cap, at least one in pools of three or more unless the share is 0. */
function capOf({ pool }: PoolUnderLint, members: number): number {
  const cap = Math.min(shareOf(members, pool.guards.ejectedShareMax), pool.guards.ejectedCountMax);
  return members >= 3 && pool.guards.ejectedShareMax > 0
    ? Math.max(1, cap)
    : Math.min(cap, Math.max(0, members - 1));
}

export const GUARD_RULES = lintRules([
  {
    code: 'panic-leave-not-above-enter',
    severity: 'error',
    about: 'Panic would be left as soon as it is entered.',
    check: ({ pool: { heal } }) =>
      remarkIf(heal.panic.leave <= heal.panic.enter, () => ({
        at: ['heal', 'panic', 'leave'],
        sentence: `Panic is entered below ${formatShare(heal.panic.enter)} and left at ${formatShare(heal.panic.leave)}: one backend would toggle it.`,
        remedy: `Set leave above enter, for example ${formatShare(Math.min(1000, heal.panic.enter + 150))}.`,
      })),
  },
  {
    code: 'floor-is-everything',
    severity: 'error',
    about: 'The floor is the whole pool, so nothing could ever be taken out.',
    check: ({ pool: { guards } }) =>
      remarkIf(guards.floorShare >= 1000, () => ({
        at: ['guards', 'floorShare'],
        sentence: 'A floor of 100% means that no backend may ever be taken out.',
        remedy: 'Lower it; to change nothing at all, use mode: observe.',
      })),
  },
  {
    code: 'floor-blocks-ejection',
    severity: 'warning',
    about: 'In a pool of this size the floor leaves no room for a single ejection.',
    check: (subject) => {
      const { members, pool } = subject;
      if (members === null || pool.guards.floorShare >= 1000) return [];
      const floor = floorOf(subject, members);
      return remarkIf(members > 0 && floor >= members, () => ({
        at: ['guards', 'floorCount'],
        sentence: `The floor is ${floor} of ${members} backends: none may be taken out.`,
        remedy: 'Lower floorCount or floorShare, or add backends.',
      }));
    },
  },
  {
    code: 'ejection-cap-nothing',
    severity: 'warning',
    about: 'A cap of 0% forbids every ejection, whatever the size of the pool.',
    check: ({ pool: { guards } }) =>
      remarkIf(guards.ejectedShareMax === 0, () => ({
        at: ['guards', 'ejectedShareMax'],
        sentence:
          'A cap of 0% grants no ejection to any pool; only what the load balancer sees as dead is taken out.',
        remedy: 'Name a share above 0%, unless that is what you mean.',
      })),
  },
  {
    code: 'ejection-cap-zero',
    severity: 'warning',
    about: 'The cap on ejections is 0 for a pool of this size, so Evenkeel never ejects.',
    check: (subject) => {
      const { members, pool } = subject;
      if (members === null || members === 0 || pool.guards.ejectedShareMax === 0) return [];
      return remarkIf(capOf(subject, members) === 0, () => ({
        at: ['guards', 'ejectedShareMax'],
        sentence: `${formatShare(pool.guards.ejectedShareMax)} of ${members} backends is less than one, and pools of fewer than three are granted none.`,
        remedy:
          'Add backends, or raise ejectedShareMax; until then only what the load balancer sees as dead is taken out.',
      }));
    },
  },
  {
    code: 'ejection-cap-below-one',
    severity: 'info',
    about: 'The cap is a fraction of a backend; one ejection is granted all the same.',
    check: ({ members, pool: { guards } }) =>
      remarkIf(
        members !== null &&
          members >= 3 &&
          guards.ejectedShareMax > 0 &&
          shareOf(members, guards.ejectedShareMax) === 0,
        () => ({
          at: ['guards', 'ejectedShareMax'],
          sentence: `${formatShare(guards.ejectedShareMax)} of ${members ?? 0} backends is less than one; one at a time is allowed.`,
          remedy: 'Nothing to do.',
        }),
      ),
  },
  {
    code: 'cap-above-floor',
    severity: 'warning',
    about: 'The cap allows more ejections than the floor does, so it can never be used up.',
    check: (subject) => {
      const { members } = subject;
      if (members === null) return [];
      const room = members - floorOf(subject, members);
      return remarkIf(room > 0 && capOf(subject, members) > room, () => ({
        at: ['guards', 'ejectedShareMax'],
        sentence: `The cap allows ${capOf(subject, members)} ejections of ${members} backends, the floor only ${room}.`,
        remedy: 'Lower the cap or the floor, so that one of them is what you mean.',
      }));
    },
  },
  {
    code: 'too-many-backends',
    severity: 'warning',
    about: 'The pool has, or may grow to, more backends than its load balancers can hold.',
    check: ({ members, pool, declared: { quotas } }) => {
      const isSpread = pool.placement === 'one-load-balancer';
      const balancers = new Set(pool.targets.map((target) => target.loadBalancerId)).size;
      const room = (isSpread ? balancers : 1) * quotas.backendsPerLoadBalancer;
      const most = Math.max(members ?? 0, pool.scale?.max ?? 0);
      return remarkIf(most > room, () => ({
        at: ['targets'],
        sentence: `A load balancer holds ${quotas.backendsPerLoadBalancer} backends unless its quota was raised; ${most} do not fit into ${room}.`,
        remedy: isSpread
          ? 'Add load balancers as targets, or have the quota raised.'
          : 'Add load balancers as targets and say `placement: one-load-balancer`, or have the quota raised.',
      }));
    },
  },
]);
