import { channelKey, channelRecord } from '../adapters/notify/channel-gate';
import { WAITING_NOTICES_KEY } from '../adapters/notify/waiting-notices';
import { type FleetPolicy } from '../config/fleet-policy';
import { type StateStore } from '../ports/state-store';
import { type Sample } from './metric-table';

/** What became of messages to people, by channel. Throws `StoreUnavailable`. */
export async function noticeSamples(
  { notifications }: Pick<FleetPolicy, 'notifications'>,
  store: Pick<StateStore, 'read'>,
): Promise<readonly Sample[]> {
  if (notifications === null) return [];
  const waiting = (await store.read(WAITING_NOTICES_KEY))?.value;
  const channels = await Promise.all(
    notifications.channels.map(async ({ name: channel }) => {
      const { taken, failed, limited } = channelRecord(
        (await store.read(channelKey(channel)))?.value,
      );
      return Object.entries({ taken, failed, limited }).map(([outcome, value]): Sample => ({
        ...{ metric: 'notices', labels: { channel, outcome }, value },
      }));
    }),
  );
  const count = Array.isArray(waiting) ? waiting.length : 0;
  return [{ metric: 'noticesWaiting', labels: {}, value: count }, ...channels.flat()];
}
