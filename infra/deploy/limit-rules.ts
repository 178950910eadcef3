import { type BlockRule, placeOf } from './block-rule';
import { errorAt, warningAt } from './finding';

/** Seconds that a function needs at least, with the reason; a worker has the policy's `deployment.workerTimeout`. */
const TIMEOUT_MIN: Readonly<Record<string, readonly [seconds: number, reason: string]>> = {
  'on-alarm': [5, 'a cold start and a call of the store fit in no less'],
  'on-event': [10, 'it asks the store and enqueues workers'],
  'on-timer': [20, 'it enqueues the workers of all pools'],
  probe: [30, 'it waits for sites that do not answer'],
  operator: [120, 'a person’s `reconcile` is a whole turn'],
  console: [120, 'it waits for operator'],
};

const WORKERS = ['reconcile-pool', 'reconcile-failover'];

const timeoutRule: BlockRule = (name, { timeout }, { settings }) => {
  const [seconds, reason] = WORKERS.includes(name)
    ? [Math.ceil(settings.workerTimeoutMs / 1000), 'a worker works for deployment.workerTimeout']
    : (TIMEOUT_MIN[name] ?? [3, 'the platform’s own default']);
  if (timeout >= seconds) return [];
  return [
    errorAt(
      placeOf(name, 'timeout'),
      `${timeout} s is too short: ${reason}`,
      `At least ${seconds}.`,
    ),
  ];
};

const concurrencyRule: BlockRule = (name, { concurrencyConfig }, { settings }) => {
  const { reservedConcurrency: reserved } = concurrencyConfig;
  const awake = {
    'reconcile-pool': settings.watchersMax,
    'reconcile-failover': settings.nameWatchersMax,
  };
  const least = name in awake ? awake[name as keyof typeof awake] + 1 : 1;
  if (reserved >= least) return [];
  return [
    errorAt(
      placeOf(name, 'concurrencyConfig.reservedConcurrency'),
      `${reserved}: workers that stay awake between looks would keep all others waiting`,
      `At least ${least}, one more than may stay awake; twice as many is better.`,
    ),
  ];
};

/** An event that waited longer than this is about a world that is gone; the timer comes every minute. */
const EVENT_AGE_MAX_SECONDS = 300;
const RETRIES_MAX = 2;

const asyncRule: BlockRule = (name, { asyncInvokeConfig }) => {
  const { maxAsyncEventAgeInSeconds: age, maxAsyncRetryAttempts: retries } = asyncInvokeConfig;
  const place = placeOf(name, 'asyncInvokeConfig');
  return [
    ...(age > EVENT_AGE_MAX_SECONDS
      ? [
          warningAt(
            place,
            `events of up to ${age} s are delivered`,
            'Write 60: the timer comes every minute anyway.',
          ),
        ]
      : []),
    ...(retries > RETRIES_MAX
      ? [
          warningAt(
            place,
            `${retries} more tries of an event that failed`,
            'Write 1: what cannot be done is found anew by the next look.',
          ),
        ]
      : []),
  ];
};

/** Bytes that all names and values may have together. */
const ENVIRONMENT_BYTES_MAX = 4096;

const environmentBytesRule: BlockRule = (name, { environmentVariables }) => {
  const bytes = Object.entries(environmentVariables).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key + value),
    0,
  );
  if (bytes <= ENVIRONMENT_BYTES_MAX) return [];
  return [
    errorAt(
      placeOf(name, 'environmentVariables'),
      `have ${bytes} bytes together`,
      'The platform takes 4096.',
    ),
  ];
};

/** vCPU to memory in GB lies between 1:1 and 1:4. */
const sizeRule: BlockRule = (name, { cpu, memorySize }) => {
  const gigabytes = memorySize / 1024;
  if (gigabytes >= cpu && gigabytes <= cpu * 4) return [];
  return [
    errorAt(
      placeOf(name, 'cpu'),
      `${cpu} vCPU does not go with ${memorySize} MB`,
      'The platform takes between 1 and 4 GB for each vCPU.',
    ),
  ];
};

/** Which variable names the function of which block. */
const CALLED: Readonly<Record<string, string>> = {
  EVENKEEL_WORKER: 'reconcile-pool',
  EVENKEEL_FAILOVER_WORKER: 'reconcile-failover',
  EVENKEEL_OPERATOR: 'operator',
  EVENKEEL_PROBE: 'probe',
};

const calledRule: BlockRule = (name, { environmentVariables }, { blocks }) =>
  Object.entries(CALLED).flatMap(([variable, block]) => {
    const called = environmentVariables[variable];
    const deployed = blocks[block]?.functionName;
    if (called === undefined || deployed === undefined || called === deployed) return [];
    return [
      errorAt(
        placeOf(name, `environmentVariables.${variable}`),
        `${called} is not deployed by this file`,
        `Write ${deployed}, as ${block} is called.`,
      ),
    ];
  });

/** How long, how many and how much. */
export const LIMIT_RULES: readonly BlockRule[] = [
  timeoutRule,
  concurrencyRule,
  asyncRule,
  environmentBytesRule,
  sizeRule,
  calledRule,
];
