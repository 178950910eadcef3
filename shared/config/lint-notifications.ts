import { type FleetPolicy } from './fleet-policy';
import { remarkIf, type LintFinding, type Severity } from './lint-rule';
import { type ChannelSettings } from './notification-settings';

interface NotificationRule {
  readonly code: string;
  readonly severity: Severity;
  readonly about: string;
  check(fleet: FleetPolicy): readonly FleetRemark[];
}

type FleetRemark = Pick<LintFinding, 'at' | 'sentence' | 'remedy' | 'poolName'>;

const CHANNELS = ['notifications', 'channels'] as const;

const channelsOf = ({ notifications }: FleetPolicy): readonly ChannelSettings[] =>
  notifications?.channels ?? [];

const isHeard = (heard: readonly string[] | null, name: string): boolean =>
  heard === null || heard.includes(name);

/** Pools and names whose alerts go nowhere but into the log. */
function unheard(fleet: FleetPolicy): readonly string[] {
  const channels = channelsOf(fleet);
  const pools = fleet.pools.filter(
    ({ name }) => !channels.some((channel) => isHeard(channel.pools, name)),
  );
  const names = fleet.names.filter(
    ({ name }) => !channels.some((channel) => isHeard(channel.names, name)),
  );
  return [...pools.map(({ name }) => `pool ${name}`), ...names.map(({ name }) => `name ${name}`)];
}

const SIGNED: readonly ChannelSettings['kind'][] = ['dingtalk', 'feishu', 'webhook'];

/** What `Address` of a web page must not carry: whoever gets a message sees it. */
function isCarryingSecret(address: string): boolean {
  const { username, password, search } = new URL(address);
  return username !== '' || password !== '' || search !== '';
}

/** Rules over the section as a whole; places of these begin at the file. */
export const NOTIFICATION_RULES: readonly NotificationRule[] = [
  {
    code: 'nobody-is-told',
    severity: 'info',
    about: 'Without channels alerts stand in the log alone.',
    check: ({ notifications }) =>
      remarkIf(notifications === null, () => ({
        at: [],
        sentence: 'No notifications are set, so critical alerts stand in the log alone.',
        remedy: 'Name a channel, or let a log service pass on lines with alert: true.',
      })).map(ofFleet),
  },
  {
    code: 'critical-alerts-unheard',
    severity: 'warning',
    about: 'There are channels, but none that takes the critical alerts of a pool or name.',
    check: (fleet: FleetPolicy): readonly FleetRemark[] => {
      const missed = fleet.notifications === null ? [] : unheard(fleet);
      return remarkIf(missed.length > 0, () => ({
        at: [...CHANNELS],
        sentence: `No channel takes the critical alerts of ${missed.slice(0, 5).join(', ')}${missed.length > 5 ? ` and ${missed.length - 5} more` : ''}.`,
        remedy: 'Leave pools and names of one channel out, so that it takes those of all.',
      })).map(ofFleet);
    },
  },
  {
    code: 'channel-repeated',
    severity: 'error',
    about: 'Two channels of one name would share their limit and their figures.',
    check: (fleet: FleetPolicy): readonly FleetRemark[] => {
      const names = channelsOf(fleet).map(({ name }) => name);
      return names.flatMap((name, index) =>
        remarkIf(names.indexOf(name) < index, () => ({
          at: [...CHANNELS, index, 'name'],
          sentence: `Another channel is named ${name} already.`,
          remedy: 'Give it a name of its own.',
        })).map(ofFleet),
      );
    },
  },
  {
    code: 'channel-of-nobody',
    severity: 'error',
    about: 'A channel names a pool or name that the policy does not have.',
    check: (fleet: FleetPolicy): readonly FleetRemark[] =>
      channelsOf(fleet).flatMap((channel, index) =>
        (['pools', 'names'] as const).flatMap((kind) =>
          (channel[kind] ?? []).flatMap((name, position) =>
            remarkIf(!fleet[kind].some((one) => one.name === name), () => ({
              at: [...CHANNELS, index, kind, position],
              sentence: `The policy has no ${kind === 'pools' ? 'pool' : 'name'} ${name}: nothing would go through the channel on its behalf.`,
              remedy: 'Correct it, or leave the list out for all.',
            })).map(ofFleet),
          ),
        ),
      ),
  },
  {
    code: 'channel-unsigned',
    severity: 'warning',
    about:
      'Messages that could be signed are not: whoever learns the address can send in our name.',
    check: (fleet: FleetPolicy): readonly FleetRemark[] =>
      channelsOf(fleet).flatMap(({ kind, secret, name }, index) =>
        remarkIf(SIGNED.includes(kind) && secret === null, () => ({
          at: [...CHANNELS, index],
          sentence: `Messages of channel ${name} are not signed: whoever learns its address can send in our name.`,
          remedy: 'Switch on signing at the receiver, and set secret to env:NAME.',
        })).map(ofFleet),
      ),
  },
  {
    code: 'secret-in-clear-text',
    severity: 'error',
    about: 'The console’s address carries a password or a token, which every message would show.',
    check: ({ notifications }) =>
      remarkIf(
        notifications?.consoleUrl != null && isCarryingSecret(notifications.consoleUrl),
        () => ({
          at: ['notifications', 'console'],
          sentence:
            'The console’s address has a user, a password or a query: every message would show them.',
          remedy: 'Give the plain address; whoever opens it signs in there.',
        }),
      ).map(ofFleet),
  },
];

function ofFleet<T extends object>(remark: T): T & { readonly poolName: null } {
  return { ...remark, poolName: null };
}
