import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadPolicy } from '../../../shared/config/load-policy';
import { type DeploymentSettings } from '../../../shared/config/fleet-policy';
import { readServerlessFile } from '../../local/function-host/serverless-file';
import { repositoryRoot } from '../../local/repository';
import { benchArguments, positive, UsageError } from '../arguments';
import { type Bench } from '../bench';
import { durationAtQuotas, type Limits } from './at-quotas';
import { measureFleet } from './measure-fleet';
import { type FleetResult, printed } from './report';
import { stormOf } from './storm';

const BACKENDS_OF_A_POOL = 10;
const WORKER = 'evenkeel-reconcile-pool';

const HELP = `Usage: npm run bench -- fleet [options]

Many pools, large pools and many alarms at once, in the models of this process.

  --pools A,B      Numbers of pools of ${BACKENDS_OF_A_POOL} backends; default 1,10,100,1000,10000
  --backends A,B   Backends of one pool; default 10,100,500,2000
  --alarms N       Alarms in 10 seconds on one pool; default 1000
  --latency MS     Assumed time of one API call; default 50
  --delivery N     New instances that Function Compute brings in a second; default 5, as documented
  --json           The result as JSON
  --help           This text

10,000 pools take some minutes and about 3 GB: NODE_OPTIONS=--max-old-space-size=6000.`;

/** The defaults of a policy: the quotas that are published, and those that are assumed. */
function deployment(): DeploymentSettings {
  const text = JSON.stringify({
    ...{ version: 1, region: 'cn-hangzhou' },
    pools: [{ name: 'pool', targets: [{ loadBalancer: 'lb-unset' }] }],
  });
  const loaded = loadPolicy(text, 'bench.json');
  if (loaded.kind === 'ok') return loaded.policy.deployment;
  throw new Error('The ordinary policy is invalid.');
}

/** Instances as `s.yaml` gives them to the worker, less those that may stay awake. */
function limitsOf(latencyMs: number, instancesPerSecond: number): Limits {
  const settings = deployment();
  const file = join(repositoryRoot(__dirname), 's.yaml');
  const worker = readServerlessFile(file, { env: {}, accountId: '1' }).find(
    ({ functionName }) => functionName === WORKER,
  );
  const reserved = worker?.reservedConcurrency ?? settings.watchersMax + 1;
  return { ...settings, latencyMs, instancesPerSecond, instances: reserved - settings.watchersMax };
}

const numbers = (option: string, text: string): readonly number[] =>
  text.split(',').map((one) => {
    const value = positive(option, one);
    if (!Number.isInteger(value)) throw new UsageError(`--${option} takes whole numbers`);
    return value;
  });

export const fleetBench: Bench = {
  summary:
    'many pools, large pools, and 1,000 alarms at once: ticks a second, calls, memory, time at the quotas [--pools 1,…] [--backends 10,…] [--help]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      pools: { type: 'string', default: '1,10,100,1000,10000' },
      backends: { type: 'string', default: '10,100,500,2000' },
      alarms: { type: 'string', default: '1000' },
      latency: { type: 'string', default: '50' },
      delivery: { type: 'string', default: '5' },
    });
    if (values.help) return void process.stdout.write(`${HELP}\n`);
    const limits = limitsOf(
      positive('latency', values.latency),
      positive('delivery', values.delivery),
    );
    const wanted = [
      ...numbers('pools', values.pools).map((pools) => ({ pools, backends: BACKENDS_OF_A_POOL })),
      ...numbers('backends', values.backends).map((backends) => ({ pools: 1, backends })),
    ];
    const sizes = [];
    for (const size of wanted) {
      process.stderr.write(`${size.pools} × ${size.backends}\n`);
      sizes.push(await measureFleet(size));
    }
    const result: FleetResult = {
      machine: { cores: availableParallelism(), node: process.version },
      ...{ limits, sizes },
      atQuotas: sizes.map((figure) => durationAtQuotas(figure, limits)),
      storm: await stormOf(positive('alarms', values.alarms), 10, BACKENDS_OF_A_POOL),
    };
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : printed(result)}\n`);
  },
};
