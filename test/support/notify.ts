import { LocalMemory } from '../../shared/adapters/notify/local-memory';
import { type NoticeContext } from '../../shared/adapters/notify/notice';
import { NotifyingAlerts } from '../../shared/adapters/notify/notifying-alerts';
import { JsonLog } from '../../shared/adapters/system/json-log';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import {
  type ChannelSettings,
  type NotificationSettings,
} from '../../shared/config/notification-settings';
import { type Alert } from '../../shared/domain/proposal';
import { millis } from '../../shared/domain/units';
import { type Clock } from '../../shared/ports/clock';
import { type StateStore } from '../../shared/ports/state-store';
import { TestClock } from './test-clock';

export const SECRET = 'SEC-0123456789abcdef';

export const aChannel = (parts: Partial<ChannelSettings> = {}): ChannelSettings => ({
  name: 'ops',
  kind: 'dingtalk',
  url: 'env:URL_OF_OPS',
  secret: 'env:SECRET_OF_OPS',
  mail: null,
  from: 'warning',
  pools: null,
  names: null,
  perMinute: 400,
  ...parts,
});

export const anAlert = (parts: Partial<Alert> = {}): Alert => ({
  key: 'panic/1234567',
  severity: 'critical',
  reason: 'cloud-unreadable',
  instanceId: null,
  message: 'web: fewer than half of the backends are healthy',
  ...parts,
});

export interface NotifyOptions {
  readonly channels: readonly ChannelSettings[];
  /** Addresses by the variable that holds them. */
  readonly variables: Readonly<Record<string, string>>;
  readonly settings?: Partial<NotificationSettings>;
  readonly context?: Partial<NoticeContext>;
  readonly clock?: Clock;
  readonly store?: StateStore;
  readonly memory?: LocalMemory;
}

/** Alerts as a worker has them, with what it logged; another worker shares the store. */
export function someAlerts(options: NotifyOptions): {
  readonly alerts: NotifyingAlerts;
  readonly lines: string[];
} {
  const clock = options.clock ?? new TestClock();
  const lines: string[] = [];
  const alerts = new NotifyingAlerts({
    settings: {
      consoleUrl: null,
      channels: options.channels,
      repeatEveryMs: millis(3_600_000),
      timeoutMs: millis(2000),
      delayMaxMs: millis(3000),
      attemptsMax: 3,
      retryAfterMs: millis(3000),
      ...options.settings,
    },
    context: {
      regionId: 'cn-hangzhou',
      consoleUrl: options.settings?.consoleUrl ?? null,
      modes: { web: 'enforce', api: 'observe', 'name/shop': 'enforce' },
      ...options.context,
    },
    store: options.store ?? new MemoryStateStore(clock),
    clock,
    log: new JsonLog({ clock, writeLine: (line) => void lines.push(line) }),
    memory: options.memory ?? new LocalMemory(),
    variables: { SECRET_OF_OPS: SECRET, ...options.variables },
  });
  return { alerts, lines };
}
