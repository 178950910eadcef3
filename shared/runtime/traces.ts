import { Telemetry } from '../adapters/telemetry/telemetry';
import { readEnvironment } from '../config/environment';
import { type Trace, type TraceFields } from '../ports/trace';
import { version } from '../../package.json';

let opened: Promise<Telemetry> | undefined;
let telemetry: Telemetry | undefined;

const endpoint = (): string | null => {
  const read = readEnvironment();
  return read.kind === 'ok' ? read.environment.traceEndpoint : null;
};

/**
 * Loads what traces need, where a collector is configured, once per warm instance. What goes wrong with it leaves the turns untraced
 * and otherwise as they were.
 */
export async function prepareTraces(serviceName: string): Promise<void> {
  if (endpoint() === null) return;
  opened ??= Telemetry.open({ serviceName, version });
  try {
    telemetry = await opened;
  } catch {
    opened = undefined;
  }
}

/** Spans for the turns of one pool or name; undefined where nobody collects them. */
export const traceOf = (common: TraceFields): Trace | undefined => telemetry?.trace(common);

/** Sends what waits, at the end of an invocation: the platform may freeze the program afterwards. At most a second; never throws. */
export const flushTraces = async (): Promise<void> => telemetry?.flush();
