import { type InstanceFaults } from '../../local/contracts';
import { type ListenerProtocol } from '../../local/slb/listener';

export interface BenchFault {
  readonly name: string;
  readonly title: string;
  readonly faults: Partial<InstanceFaults>;
  readonly protocol: ListenerProtocol;
}

export const BENCH_FAULTS: readonly BenchFault[] = [
  {
    name: 'gray',
    title:
      'gray: one of six backends fails one request in five and takes five times as long; its health check says normal',
    faults: { errorShare: 200, latencyFactor: 5000 },
    protocol: 'http',
  },
  {
    name: 'crash',
    title: 'crash: the service on one of six backends dies; connections to it are refused',
    faults: { isCrashed: true },
    protocol: 'http',
  },
  {
    name: 'hang',
    title:
      'hang: one of six backends accepts connections and never answers; the listener and its health check are TCP',
    faults: { isHung: true },
    protocol: 'tcp',
  },
];
