import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { POOL_TAG } from '../../shared/domain/ownership-tags';
import { DEFAULT_GROUP } from '../../shared/domain/target';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { poolsHere } from '../../shared/wake/pools-here';
import { type ProbeSubjects } from './permission-probes';

type Reply = Readonly<Record<string, unknown>>;

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string, unknown>)[key]
        : undefined,
    value,
  );

const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** Real things of one region to try calls on. What cannot be read is null: its own permission tells why. */
export async function findSubjects(
  rpc: Rpc,
  fleet: FleetPolicy,
  regionId: string,
  options: () => CallOptions,
): Promise<ProbeSubjects> {
  const ask = async (request: Parameters<Rpc['call']>[0]): Promise<Reply | null> => {
    try {
      return await rpc.call(request, options());
    } catch (error) {
      if (error instanceof CloudError) return null;
      throw error;
    }
  };
  const targets = poolsHere(fleet)
    .filter((pool) => pool.regionId === regionId)
    .flatMap((pool) => pool.targets);
  const loadBalancerId = targets[0]?.loadBalancerId ?? null;
  const named = targets.find(({ serverGroupId }) => serverGroupId !== DEFAULT_GROUP);
  const domain = fleet.names.find(({ homeRegionId }) => homeRegionId === regionId)?.domain ?? null;
  return {
    ...{ loadBalancerId, domain },
    serverGroupId:
      named?.serverGroupId ?? (loadBalancerId === null ? null : await groupOf(loadBalancerId)),
    ownedInstanceId: await ownedInstance(),
    ...(await recordsOf(domain)),
  };

  async function groupOf(id: string): Promise<string | null> {
    const query = { RegionId: regionId, LoadBalancerId: id };
    const action = 'DescribeVServerGroups';
    const reply = await ask({ product: 'Slb', version: '2014-05-15', action, query });
    return textOrNull(at(reply, 'VServerGroups', 'VServerGroup', 0, 'VServerGroupId'));
  }

  async function ownedInstance(): Promise<string | null> {
    const query = { RegionId: regionId, Tag: [{ Key: POOL_TAG }], MaxResults: 10 };
    const action = 'DescribeInstances';
    const reply = await ask({ product: 'Ecs', version: '2014-05-26', action, query });
    return textOrNull(at(reply, 'Instances', 'Instance', 0, 'InstanceId'));
  }

  async function recordsOf(
    name: string | null,
  ): Promise<Pick<ProbeSubjects, 'recordId' | 'otherRecord'>> {
    if (name === null) return { recordId: null, otherRecord: null };
    const query = { DomainName: name, PageSize: 100 };
    const action = 'DescribeDomainRecords';
    const reply = await ask({ product: 'Alidns', version: '2015-01-09', action, query });
    const rows = at(reply, 'DomainRecords', 'Record');
    const records: readonly unknown[] = Array.isArray(rows) ? rows : [];
    const ours = fleet.names.filter(({ domain: own }) => own === name).map(({ host }) => host);
    const other = records.find((row) => !ours.includes(String(at(row, 'RR'))));
    const otherId = textOrNull(at(other, 'RecordId'));
    return {
      recordId: textOrNull(at(records, 0, 'RecordId')),
      otherRecord:
        otherId === null ? null : { id: otherId, remark: textOrNull(at(other, 'Remark')) ?? '' },
    };
  }
}
