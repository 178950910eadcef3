import { type ProbeWindow } from '../domain/probe-window';
import { type Millis } from '../domain/units';
import { type CallOptions } from './load-balancer';

export interface ProbeTarget {
  readonly instanceId: string;
  readonly address: string;
  readonly port: number;
}

export interface ProbeSettings {
  readonly path: string;
  readonly timeoutMs: Millis;
  readonly windowMs: Millis;
  readonly perWindow: number;
  readonly concurrency: number;
}

/**
 * Active HTTP probes from inside the VPC: `perWindow` requests to each target spread over `windowMs`.
 * A refused, reset, late or 5xx answer is a failure. Never throws: a target that could not be probed is absent.
 */
export interface Prober {
  probe(
    targets: readonly ProbeTarget[],
    settings: ProbeSettings,
    options: CallOptions,
  ): Promise<ReadonlyMap<string, ProbeWindow>>;
}
