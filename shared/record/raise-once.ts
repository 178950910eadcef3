import { type NameAlert } from '../domain/failover/name-proposal';
import { type Alert } from '../domain/proposal';
import { alertedKey } from '../domain/store-keys';
import { instant, since, type Instant } from '../domain/units';
import { type Ports } from '../ports/ports';
import { StoreUnavailable } from '../ports/state-store';

/** One alert per key in this long, whoever raises it. */
const ALERT_EVERY_MS = 15 * 60_000;

/**
 * Calls people about a pool, or about `name/` and a name, once per key and quarter of an hour, whichever worker does; again at once when it has become more serious. It is noted afterwards: a worker that ends in
 * between calls twice rather than never. Without the store the alert goes out all the same; its key ends in the quarter,
 * so that whoever receives it can drop repeats.
 */
export async function raiseOnce(
  subject: string,
  alert: Alert | NameAlert,
  ports: Pick<Ports, 'store' | 'alerts' | 'clock'>,
): Promise<void> {
  const key = alertedKey(subject, alert.key);
  const now = ports.clock.now();
  const noted = await unlessUnavailable(() => ports.store.read(key));
  const raisedAt = raisedAtOf(noted?.value);
  const isRecent = raisedAt !== null && raisedAt <= now && since(raisedAt, now) < ALERT_EVERY_MS;
  if (isRecent && !isWorse(alert.severity, noted?.value)) return;
  const quarter = Math.floor(now / ALERT_EVERY_MS);
  await ports.alerts.raise(subject, { ...alert, key: `${alert.key}/${quarter}` });
  const note = { at: now, severity: alert.severity };
  await unlessUnavailable(() => ports.store.compareAndSet(key, note, noted?.version ?? null));
}

async function unlessUnavailable<T>(use: () => Promise<T>): Promise<T | null> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

const SEVERITIES: readonly unknown[] = ['info', 'warning', 'critical'];

/** More serious than what was told; a note that does not say counts as the worst. */
function isWorse(severity: Alert['severity'], value: unknown): boolean {
  const told = (value as { readonly severity?: unknown }).severity ?? 'critical';
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(told);
}

/** Null when the document is not one of ours: then the alert is better raised once more than never. */
function raisedAtOf(value: unknown): Instant | null {
  const at: unknown =
    typeof value === 'object' && value !== null && 'at' in value ? value.at : null;
  return typeof at === 'number' ? instant(at) : null;
}
