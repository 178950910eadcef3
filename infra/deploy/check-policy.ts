import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { type FunctionBlocks, placeOf } from './block-rule';
import { errorAt, type Finding, warningAt } from './finding';

/** The policy says of some values that they are “as in s.yaml”, and names the variables that hold its secrets. */
export function checkPolicy(blocks: FunctionBlocks, policy: FleetPolicy): readonly Finding[] {
  const { workerVcpu, workerMemoryMb } = policy.deployment;
  const worker = blocks['reconcile-pool'];
  const [first] = Object.values(blocks);
  return [
    ...checkSecrets(blocks, policy),
    ...(first === undefined || first.region === policy.regionId
      ? []
      : [
          errorAt(
            'vars.region',
            `${first.region} is not the region of the policy, ${policy.regionId}`,
            'Set EVENKEEL_REGION, or give the other region’s policy.',
          ),
        ]),
    ...(worker === undefined || (worker.cpu === workerVcpu && worker.memorySize === workerMemoryMb)
      ? []
      : [
          warningAt(
            placeOf('reconcile-pool', 'cpu'),
            `${worker.cpu} vCPU and ${worker.memorySize} MB are not what the policy reckons its costs with`,
            'Set deployment.workerVcpu and deployment.workerMemoryMb to the same.',
          ),
        ]),
  ];
}

/** Names of variables that a policy refers to as `env:NAME`, at any depth. */
function referencesIn(node: unknown): readonly string[] {
  if (typeof node === 'string') {
    const name = /^env:(\w+)$/.exec(node)?.[1];
    return name === undefined ? [] : [name];
  }
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(referencesIn) : [];
}

/** A secret that no function has is found out when the first alarm is refused. */
const checkSecrets = (blocks: FunctionBlocks, policy: FleetPolicy): readonly Finding[] =>
  [...new Set(referencesIn(policy))]
    .filter((name) =>
      Object.values(blocks).every(
        ({ environmentVariables }) => (environmentVariables[name] ?? '') === '',
      ),
    )
    .map((name) =>
      errorAt(
        'resources',
        `the policy refers to env:${name}, which no function has`,
        'Set the variable when you deploy; where no block takes it, add it to the one that needs it.',
      ),
    );
