import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { lintPolicy } from '../../shared/config/lint';
import { CloudError } from '../../shared/domain/cloud-error';
import { type PoolPolicy } from '../../shared/domain/policy';
import {
  type BackendSnapshot,
  type PoolSnapshot,
  type TargetSnapshot,
} from '../../shared/domain/pool';
import { isAnswering } from '../../shared/domain/probe-window';
import { freshValue } from '../../shared/domain/reading';
import { StoreUnavailable } from '../../shared/ports/state-store';
import { poolsHere } from '../../shared/wake/pools-here';
import { type Finding, unwell, well } from './finding';

export interface PoolsContext {
  readonly fleet: FleetPolicy;
  /** The pool as it is seen from here; nothing is written. Throws `CloudError`. */
  readonly look: (pool: PoolPolicy) => Promise<PoolSnapshot>;
  /** The same as the function operator sees it, from inside the VPC and with its role; null where no function can be called. */
  readonly lookFromFunction: ((pool: PoolPolicy) => Promise<PoolSnapshot>) | null;
  readonly tell: (text: string) => void;
}

/** Live listeners and health checks against the lint rules. */
export async function checkPools({ fleet, look, tell }: PoolsContext): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const pool of poolsHere(fleet)) {
    tell(`pool ${pool.name}`);
    try {
      findings.push(...poolFindings(pool, await look(pool), fleet));
    } catch (error) {
      findings.push(unreadable(pool, error, 'pools'));
    }
  }
  return findings;
}

/** Throws what is neither the cloud's nor the store's. */
function unreadable(pool: PoolPolicy, error: unknown, check: 'pools' | 'functions'): Finding {
  if (error instanceof StoreUnavailable)
    return unwell(check, pool.name, {
      status: 'warning',
      sentence: `${pool.name} cannot be looked at: the state store is not reached from here.`,
      remedy: 'Set EVENKEEL_STORE or EVENKEEL_STATE_PATH to the store of the functions.',
    });
  if (!(error instanceof CloudError)) throw error;
  const { action, code } = error.details;
  return unwell(check, pool.name, {
    sentence: `${pool.name} cannot be looked at: ${action} ended with ${code}.`,
    remedy: 'See what is said of permissions and endpoints; are the ids in the policy right?',
  });
}

const STATUSES = { error: 'problem', warning: 'warning' } as const;

function poolFindings(
  pool: PoolPolicy,
  { backends, targets }: PoolSnapshot,
  fleet: FleetPolicy,
): readonly Finding[] {
  const live = [{ poolName: pool.name, members: backends.length, targets }];
  const remarks = lintPolicy(fleet, live).flatMap(
    ({ poolName, severity, code, sentence, remedy }) =>
      poolName !== pool.name || severity === 'info'
        ? []
        : [
            unwell('pools', `${pool.name} ${code}`, {
              ...{ status: STATUSES[severity], sentence, remedy },
            }),
          ],
  );
  const checked = [...remarks, ...targets.flatMap((target) => unlistened(pool, target))];
  return checked.length > 0
    ? checked
    : [
        well(
          'pools',
          pool.name,
          `${pool.name}: ${backends.length} backends, listeners and health checks are as they should be.`,
        ),
      ];
}

const unlistened = (pool: PoolPolicy, { key, listeners }: TargetSnapshot): readonly Finding[] =>
  listeners.length > 0
    ? []
    : [
        unwell('pools', `${pool.name} ${key}`, {
          status: 'warning',
          sentence: `No listener sends traffic to ${key}.`,
          remedy: 'Point a listener at it, or take the target out of the policy.',
        }),
      ];

/** What functions reach from where they run: OpenAPI from inside the VPC, and each pool's backends with their probe. */
export async function checkFunctions(context: PoolsContext): Promise<readonly Finding[]> {
  const { fleet, lookFromFunction, tell } = context;
  if (lookFromFunction === null)
    return [
      unwell('functions', 'operator', {
        status: 'skipped',
        sentence: 'What functions reach could not be seen: no function can be called from here.',
        remedy: 'Set ALIBABA_CLOUD_ACCOUNT_ID, and deploy the functions.',
      }),
    ];
  const findings: Finding[] = [];
  for (const pool of poolsHere(fleet)) {
    tell(`operator looks at ${pool.name}`);
    try {
      const seen = await lookFromFunction(pool);
      findings.push(...egressFindings(pool, seen), ...probeFindings(pool, seen));
    } catch (error) {
      findings.push(unreadable(pool, error, 'functions'));
    }
  }
  return findings;
}

/** A reading that failed in the function tells of its way out, or of its role. */
function egressFindings(pool: PoolPolicy, { backends, metrics }: PoolSnapshot): readonly Finding[] {
  const isFailed = (reading: { readonly kind: string; readonly reason?: string }): boolean =>
    reading.kind === 'missing' && reading.reason === 'read-failed';
  const failed = [
    ...(backends.some(({ instance }) => isFailed(instance)) ? ['ECS'] : []),
    ...(backends.some(({ attachments }) => attachments.some(({ health }) => isFailed(health)))
      ? ['CLB']
      : []),
    ...(Object.values(metrics).some(isFailed) ? ['CloudMonitor'] : []),
  ];
  if (failed.length === 0)
    return [
      well(
        'functions',
        pool.name,
        `operator reads load balancers, instances and metrics of ${pool.name}.`,
      ),
    ];
  return failed.map((product) =>
    unwell('functions', `${pool.name} ${product}`, {
      sentence: `The function operator cannot read ${product} for ${pool.name}.`,
      remedy:
        'Give the functions’ vSwitch a NAT gateway, or set EVENKEEL_OPENAPI_NETWORK=vpc; see what is said of permissions.',
    }),
  );
}

const isNormal = ({ attachments }: BackendSnapshot): boolean =>
  attachments.length > 0 &&
  attachments.every(({ health }) =>
    (freshValue(health) ?? []).some(({ verdict }) => verdict === 'normal'),
  );

/** Backends that the load balancer calls normal must answer the function's probe: else path, port or security group are wrong. */
function probeFindings(pool: PoolPolicy, { backends }: PoolSnapshot): readonly Finding[] {
  const { probe } = pool.heal;
  const subject = `${pool.name} probe`;
  if (probe === null)
    return [
      unwell('functions', subject, {
        status: 'skipped',
        sentence: `${pool.name} has no probe.`,
        remedy: 'Set heal.probe.path: gray failures are found by it.',
      }),
    ];
  const windows = backends
    .filter(isNormal)
    .map((backend) => freshValue(backend.probe))
    .filter((window) => window !== undefined && window.probes > 0);
  if (windows.length === 0)
    return [
      unwell('functions', subject, {
        status: 'skipped',
        sentence: `Nobody in ${pool.name} is normal and probed, so the probe could not be judged.`,
        remedy: 'Try again once backends are healthy.',
      }),
    ];
  const deaf = windows.filter((window) => !isAnswering(window)).length;
  if (deaf === 0)
    return [
      well(
        'functions',
        subject,
        `All ${windows.length} probed backends of ${pool.name} answer ${probe.path}.`,
      ),
    ];
  return [
    unwell('functions', subject, {
      status: deaf === windows.length ? 'problem' : 'warning',
      sentence: `${deaf} of ${windows.length} backends of ${pool.name} that the load balancer calls normal do not answer the function’s probe of ${probe.path}.`,
      remedy:
        'Let the backends’ security group in what comes from EVENKEEL_SECURITY_GROUP_ID on that port, and see that the path answers 2xx to 4xx without signing in.',
    }),
  ];
}
