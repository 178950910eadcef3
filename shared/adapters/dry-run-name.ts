import { type NamePorts } from '../ports/name-ports';

/**
 * The same ports, reading the real world and writing nothing to it: no record is changed and no other pool is asked for anything.
 * `ports.writes` says `recorded`, so that a step is reported as what would be done; the tick is the record of it. The state store,
 * archive and alerts are the real ones.
 */
export function dryRunName(ports: NamePorts): NamePorts {
  const { dns, regionPools } = ports;
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    ...ports,
    writes: 'recorded',
    dns: {
      describeRecords: (...call) => dns.describeRecords(...call),
      describeWeighting: (...call) => dns.describeWeighting(...call),
      describeMinimumTtl: (...call) => dns.describeMinimumTtl(...call),
      setEnabled: () => Promise.resolve(null),
      setWeighting: nothing,
      setWeight: nothing,
      setRemark: nothing,
    },
    regionPools: {
      describeCapacity: (...call) => regionPools.describeCapacity(...call),
      requestFloor: nothing,
    },
  };
}
