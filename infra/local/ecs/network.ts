import { VendorError } from '../contracts';

export interface VSwitch {
  readonly vSwitchId: string;
  readonly vpcId: string;
  readonly zoneId: string;
  /** Private addresses that it has for instances. */
  readonly addressCount: number;
}

export interface SecurityGroup {
  readonly securityGroupId: string;
  readonly vpcId: string;
  /** Instances that it may hold. */
  readonly instanceCount: number;
}

/** What a /24 leaves for instances. */
const ADDRESS_COUNT = 252;
const GROUP_SIZE = 2_000;
const VPC = 'vpc-local';

/**
 * Zones, vSwitches and security groups. Every region has zones a, b and c, and of the VPC `vpc-local` a vSwitch in each and a security
 * group. Example: `cn-local-a`, `vsw-vpc-local-a`, `sg-vpc-local`.
 */
export class Network {
  readonly zoneIds: readonly string[];
  private readonly vSwitches = new Map<string, VSwitch>();
  private readonly groups = new Map<string, SecurityGroup>();

  constructor(regionId: string, vSwitches: readonly VSwitch[] = []) {
    this.zoneIds = ['a', 'b', 'c'].map((letter) => `${regionId}-${letter}`);
    for (const zoneId of this.zoneIds) this.vSwitchIn(VPC, zoneId);
    for (const vSwitch of vSwitches) this.addVSwitch(vSwitch);
  }

  /** Adds a vSwitch or replaces the one with its id; its VPC gets a security group of its own, `sg-<VPC>`. */
  addVSwitch(vSwitch: VSwitch): void {
    const { vpcId } = vSwitch;
    this.vSwitches.set(vSwitch.vSwitchId, vSwitch);
    const securityGroupId = `sg-${vpcId}`;
    if (!this.groups.has(securityGroupId))
      this.addSecurityGroup({ securityGroupId, vpcId, instanceCount: GROUP_SIZE });
  }

  addSecurityGroup(group: SecurityGroup): void {
    this.groups.set(group.securityGroupId, group);
  }

  /** The vSwitch of a VPC in a zone, made when there is none yet. */
  vSwitchIn(vpcId: string, zoneId: string): VSwitch {
    const known = [...this.vSwitches.values()].find(
      (vSwitch) => vSwitch.vpcId === vpcId && vSwitch.zoneId === zoneId,
    );
    if (known !== undefined) return known;
    const vSwitchId = `vsw-${vpcId}-${zoneId.split('-').at(-1) ?? ''}`;
    const vSwitch = { vSwitchId, vpcId, zoneId, addressCount: ADDRESS_COUNT };
    this.addVSwitch(vSwitch);
    return vSwitch;
  }

  /** Throws 404 `InvalidVSwitchId.NotFound`. */
  vSwitch(vSwitchId: string): VSwitch {
    const found = this.vSwitches.get(vSwitchId);
    if (found === undefined)
      throw notFound('InvalidVSwitchId.NotFound', `The VSwitch ${vSwitchId} does not exist.`);
    return found;
  }

  /** The vSwitch of the first VPC in a zone, for launches that name none. Throws 404 `InvalidZoneId.NotFound`. */
  defaultVSwitch(zoneId: string = this.zoneIds[0] ?? ''): VSwitch {
    if (!this.zoneIds.includes(zoneId))
      throw notFound('InvalidZoneId.NotFound', `The zone ${zoneId} does not exist.`);
    return this.vSwitchIn(VPC, zoneId);
  }

  /** Throws 404 `InvalidSecurityGroupId.NotFound`. */
  securityGroup(securityGroupId: string): SecurityGroup {
    const found = this.groups.get(securityGroupId);
    if (found === undefined)
      throw notFound(
        'InvalidSecurityGroupId.NotFound',
        `The security group ${securityGroupId} does not exist.`,
      );
    return found;
  }
}

const notFound = (code: string, message: string): VendorError =>
  new VendorError(404, code, message);
