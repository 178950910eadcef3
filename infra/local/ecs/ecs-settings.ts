import { type VcpuQuota } from './account';
import { type BootTimes } from './boot-times';
import { type Image } from './images';
import { type NewLaunchTemplate } from './launch-templates';
import { type VSwitch } from './network';
import { type SpotPrice } from './spot-market';
import { type StockLevel } from './stock';

/** What a user of a region may set about its ECS. All of it can be changed while it runs, through the model's own parts. */
export interface EcsSettings {
  /** Without `bootTimes`: boots and reboots take the profile's time ± this share, in permille (200 by default). */
  readonly bootSpread?: number;
  /** Stages of a boot; by default a boot takes the profile's time, half of it until Running. */
  readonly bootTimes?: BootTimes;
  /** A fresh instance is missing from DescribeInstances for so long (0 by default). */
  readonly visibilityDelayMs?: number;
  /** No end of anything by default. */
  readonly stock?: readonly StockLevel[];
  /** Besides `vsw-vpc-local-a`, `-b` and `-c`. */
  readonly vSwitches?: readonly VSwitch[];
  /** Besides `local_image`. */
  readonly images?: readonly Image[];
  readonly launchTemplates?: readonly NewLaunchTemplate[];
  readonly spotPrices?: readonly SpotPrice[];
  /** The notice that a spot instance gets, 5 minutes by default. */
  readonly spotNoticeMs?: number;
  /** Whole units of the currency; 10,000 by default. */
  readonly balance?: number;
  /** 5,000 vCPUs on demand and as many spot by default. */
  readonly vcpuQuota?: VcpuQuota;
  /** How long a client token is remembered; the cloud does not say (24 h by default). */
  readonly clientTokenMs?: number;
  /** Whether an instance can be released while a load balancer still has it as a backend (`refuse` by default). */
  readonly releaseOfBackend?: 'refuse' | 'allow';
}
