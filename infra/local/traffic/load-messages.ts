import { type LoadOptions } from './load-options';
import { type LoadReport } from './load-report';

/** To the load process. */
export type LoadCommand =
  | { readonly kind: 'start'; readonly options: LoadOptions }
  | { readonly kind: 'report' }
  | { readonly kind: 'stop' };

/** From the load process. */
export interface LoadMessage {
  readonly kind: 'started' | 'interval' | 'report' | 'stopped';
  readonly report: LoadReport;
}
