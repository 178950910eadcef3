import { type Instant, since } from '../domain/units';
import { type Metrics } from '../ports/metrics';

/** CloudMonitor makes one point a minute: asking more often costs quota and says nothing new. */
const POINT_INTERVAL_MS = 60_000;

/** Whether figures read at `lastReadAt` still stand, since no newer point can have been published. */
export const isStillNewest = (
  { pointIntervalMs = POINT_INTERVAL_MS }: Pick<Metrics, 'pointIntervalMs'>,
  lastReadAt: Instant,
  now: Instant,
): boolean => since(lastReadAt, now) < pointIntervalMs;
