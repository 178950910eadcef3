import { type InstanceDirectory } from '../contracts';
import { type Backend, type BackendInput, WEIGHT_DEFAULT, isSameBackend } from './backend';
import { type SlbBehaviour } from './behaviour';
import { slbError } from './errors';
import { type LoadBalancerRecord } from './load-balancer';

/** Throws ObtainIpFail unless every ECS instance exists and runs, and NetworkConflict when it is outside the load balancer's VPC. */
export function requireAttachable(
  inputs: readonly BackendInput[],
  balancer: LoadBalancerRecord,
  directory: InstanceDirectory,
): void {
  for (const input of inputs.filter(({ type }) => (type ?? 'ecs') === 'ecs')) {
    const instance = directory.find(input.serverId);
    if (instance?.status !== 'Running') throw slbError.obtainIpFail();
    if (balancer.vpcId !== '' && instance.vpcId !== balancer.vpcId) throw slbError.otherNetwork();
  }
}

const member = (input: BackendInput): Backend => ({
  serverId: input.serverId,
  port: input.port ?? 0,
  weight: input.weight ?? WEIGHT_DEFAULT,
  type: input.type ?? 'ecs',
  serverIp: input.serverIp ?? '',
  description: input.description ?? '',
});

/** Members with `inputs` added. */
export function addMembers(
  backends: readonly Backend[],
  inputs: readonly BackendInput[],
  behaviour: SlbBehaviour,
): readonly Backend[] {
  const fresh = inputs.filter(
    (input) => !backends.some((backend) => isSameBackend(backend, input)),
  );
  if (fresh.length < inputs.length && behaviour.presentInAdd === 'refuse')
    throw slbError.alreadyAttached();
  return [...backends, ...fresh.map(member)];
}

/** Members with the weights and descriptions that `inputs` name. */
export function setMembers(
  backends: readonly Backend[],
  inputs: readonly BackendInput[],
  behaviour: SlbBehaviour,
): readonly Backend[] {
  const isUnknown = inputs.some(
    (input) => !backends.some((backend) => isSameBackend(backend, input)),
  );
  if (isUnknown && behaviour.unknownInSet === 'refuse') throw slbError.notAttached();
  return backends.map((backend) => {
    const input = inputs.find((candidate) => isSameBackend(candidate, backend));
    return {
      ...backend,
      weight: input?.weight ?? backend.weight,
      description: input?.description ?? backend.description,
    };
  });
}

/** Members without those named; unknown names are passed over. */
export const removeMembers = (
  backends: readonly Backend[],
  inputs: readonly BackendInput[],
): readonly Backend[] =>
  backends.filter((backend) => !inputs.some((input) => isSameBackend(input, backend)));

/** Members with `old` swapped for `fresh`. Throws when one of `old` is not a member. */
export function replaceMembers(
  backends: readonly Backend[],
  old: readonly BackendInput[],
  fresh: readonly BackendInput[],
): readonly Backend[] {
  if (old.some((input) => !backends.some((backend) => isSameBackend(backend, input))))
    throw slbError.notAttached();
  const kept = removeMembers(backends, old);
  return [
    ...kept,
    ...fresh.filter((input) => !kept.some((backend) => isSameBackend(backend, input))).map(member),
  ];
}
