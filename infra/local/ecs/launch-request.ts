import { type InstanceType } from './instance-types';
import { type VSwitch } from './network';
import { type SpotTerms } from './spot-terms';
import { type Tag } from './tag-rules';

/** A launch as asked for, template and call together, found to be possible in principle. */
export interface LaunchRequest {
  readonly amount: number;
  /** With fewer nothing is made; equals `amount` where the call does not say. */
  readonly minAmount: number;
  readonly type: InstanceType;
  readonly vSwitch: VSwitch;
  readonly imageId: string;
  readonly isBadImage: boolean;
  readonly securityGroupIds: readonly string[];
  readonly spot: SpotTerms;
  readonly tags: readonly Tag[];
  readonly name: string | undefined;
  readonly hasUniqueSuffix: boolean;
  readonly autoReleaseAt: number | undefined;
  readonly isDeletionProtected: boolean;
  readonly isDryRun: boolean;
}
