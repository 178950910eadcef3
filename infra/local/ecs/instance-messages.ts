import { type InstanceFaults } from '../contracts';
import { type ServicePlace, type ServiceSettings, type ServiceUsage } from './instance-service';

/** The one argument of `instance-process`, as JSON. */
export interface InstanceProcessArgument {
  readonly place: ServicePlace;
  readonly settings: ServiceSettings;
  readonly seed: number;
  readonly faults: InstanceFaults;
}

export type ToInstanceProcess =
  | { readonly kind: 'faults'; readonly faults: InstanceFaults; readonly id: number }
  | { readonly kind: 'usage'; readonly id: number };

export type FromInstanceProcess =
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly code: string }
  | { readonly kind: 'applied'; readonly id: number }
  | {
      readonly kind: 'usage';
      readonly id: number;
      readonly usage: ServiceUsage;
      readonly memoryBytes: number;
    };
