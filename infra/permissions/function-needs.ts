import { API_PERMISSIONS } from './api-permissions';

/** The functions, as their folders and `s.yaml` call them. */
export const FUNCTION_NAMES = [
  'on-alarm',
  'on-event',
  'on-timer',
  'reconcile-pool',
  'reconcile-failover',
  'probe',
  'operator',
  'console',
] as const;

export type FunctionName = (typeof FUNCTION_NAMES)[number];

/** What one function calls: APIs as `Ecs.RunInstances`, and functions of ours. */
export interface FunctionNeeds {
  readonly apis: readonly string[];
  readonly invokes: readonly FunctionName[];
}

const apisOf = (isWanted: (product: string, isWrite: boolean, action: string) => boolean) =>
  Object.entries(API_PERMISSIONS)
    .filter(([api, { isWrite }]) => {
      const [product = '', action = ''] = api.split('.');
      return isWanted(product, isWrite, action);
    })
    .map(([api]) => api);

const HEARTBEAT = 'Cms.PutCustomMetric';
/** What `install`, `uninstall` and `doctor` call, as the person who runs them; no function does. */
const SETUP_APIS: readonly string[] = apisOf((product) => product === 'Cms').filter(
  (api) => api !== HEARTBEAT && api !== 'Cms.DescribeMetricLast',
);
/** The adapters can call them; no function does. */
export const UNCALLED_APIS: readonly string[] = [
  ...SETUP_APIS,
  'Ecs.DescribeLaunchTemplateVersions',
  'Ecs.DescribeSpotPriceHistory',
];

/** All that a turn of a pool may do. */
const POOL_APIS = apisOf((product) => product !== 'Alidns').filter(
  (api) => api !== HEARTBEAT && !UNCALLED_APIS.includes(api),
);
const NAME_APIS = apisOf((product) => product === 'Alidns');
/** What `plan` and where records stand need; a name is written by its worker alone, which looks at single records after a lost answer. */
const NAME_READS = apisOf((product, isWrite) => product === 'Alidns' && !isWrite).filter(
  (api) => api !== 'Alidns.DescribeDomainRecordInfo',
);

const DOORBELL: FunctionNeeds = { apis: [], invokes: ['reconcile-pool', 'reconcile-failover'] };

/** What each function needs; a test holds it against the calls that the function makes. */
export const FUNCTION_NEEDS: Readonly<Record<FunctionName, FunctionNeeds>> = {
  'on-alarm': DOORBELL,
  'on-event': { apis: [], invokes: ['reconcile-pool'] },
  'on-timer': { ...DOORBELL, apis: [HEARTBEAT] },
  'reconcile-pool': { apis: POOL_APIS, invokes: ['reconcile-pool'] },
  'reconcile-failover': {
    apis: NAME_APIS,
    invokes: ['reconcile-failover', 'probe', 'operator'],
  },
  probe: { apis: [], invokes: [] },
  // A person's `reconcile` is a whole turn of a pool; other verbs need less.
  operator: {
    apis: [...POOL_APIS, ...NAME_READS],
    invokes: ['reconcile-pool', 'reconcile-failover', 'probe', 'operator'],
  },
  // It reads the store; what people order goes through `operator`, so that the function with a public page may do nothing to the cloud.
  console: { apis: [], invokes: ['operator'] },
};
