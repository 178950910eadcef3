import { describe, expect, it } from '@jest/globals';
import { classifyVendorError, reactionTo } from '../../../shared/adapters/alicloud/error-table';
import {
  LAUNCH_REFUSALS,
  launchRefusal,
  refusedAnswer,
} from '../../../shared/adapters/alicloud/launch-refusals';
import { type Reaction } from '../../../shared/domain/cloud-error';
import { type InstanceRefusalKind } from '../../../shared/ports/fleet';
import { type RefusalKind } from '../../../shared/domain/scale-memory';

const refused = (code: string, status?: number, action = 'RunInstances') =>
  classifyVendorError({ action, code, status, message: `${code}!`, requestId: 'R-1' }).details;

describe('why a launch was refused', () => {
  it.each<readonly [RefusalKind, string, number | undefined]>([
    ['stock', 'OperationDenied.NoStock', 403],
    ['stock', 'Zone.NotOnSale', 400],
    ['stock', 'Zone.NotOnSale', 403],
    ['stock', 'Zone.NotOpen', 403],
    ['stock', 'InvalidInstanceType.ZoneNotSupported', 403],
    ['stock', 'OperationDenied.ZoneNotAllowed', 403],
    ['stock', 'OperationDenied.ZoneSystemCategoryNotMatch', 403],
    ['stock', 'InstanceType.Offline', 403],
    ['stock', 'CategoryNotSupported', 403],
    ['stock', 'NodeControllerUnavailable', 403],
    ['stock', 'ResourceNotAvailable', 400],
    ['stock', 'InvalidResourceType.NotSupported', 400],
    ['transient', 'OperationDenied.ResourceControl', 403],
    ['transient', 'OperationDenied.CreatingConflict', 404],
    ['transient', 'IncorrectVSwitchStatus', 400],
    ['transient', 'IncorrectVpcStatus', 400],
    ['throttled', 'Throttling', 400],
    ['throttled', 'Throttling.User', 400],
    ['throttled', 'Throttling.Api', 503],
    ['quota', 'QuotaExceed.ElasticQuota', 403],
    ['quota', 'QuotaExceed.AfterpayInstance', 400],
    ['quota', 'QuotaExceeded', 400],
    ['quota', 'QuotaExceed.PostPaidDisk', 403],
    ['quota', 'QuotaExceed.DeploymentSetInstanceQuotaFull', 403],
    ['quota', 'SecurityGroupInstanceLimitExceed', 403],
    ['quota', 'OperationDenied.QuotaExceed', 400],
    ['network', 'QuotaExceeded.PrivateIpAddress', 400],
    ['network', 'InvalidVSwitchId.IpInvalid', 403],
    ['spot-price', 'InvalidSpotPriceLimit.LowerThanPublicPrice', 400],
    ['spot-price', 'InvalidSpotPriceLimit', 400],
    ['spot-price', 'InvalidSpotStrategy', 400],
    ['spot-price', 'InvalidSpotDuration', 400],
    ['configuration', 'InvalidLaunchTemplate.NotFound', 404],
    ['configuration', 'InvalidLaunchTemplateVersion.NotFound', 404],
    ['configuration', 'InvalidImageId.NotFound', 404],
    ['configuration', 'InvalidVSwitchId.NotFound', 404],
    ['configuration', 'InvalidInstanceType.ValueNotSupported', 400],
    ['configuration', 'InvalidParameter.Mismatch', 400],
    ['configuration', 'MissingParameter', 400],
    ['configuration', 'InvalidUserData.SizeExceeded', 400],
    ['configuration', 'Duplicate.TagKey', 400],
    ['configuration', 'InvalidParam.Amount', 403],
    ['account', 'InvalidAccountStatus.NotEnoughBalance', 403],
    ['account', 'InsufficientBalance', 403],
    ['account', 'Forbidden.RiskControl', 403],
    ['account', 'Forbidden.RAM', 403],
    ['account', 'RealNameAuthenticationError', 403],
    ['account', 'InvalidUser.PassRoleForbidden', 403],
    ['account', 'Account.Arrearage', 400],
    ['lost', 'InternalError', 500],
    ['lost', 'ServiceUnavailable', 503],
    ['lost', 'Timeout', undefined],
    ['lost', 'LastTokenProcessing', 403],
    ['lost', 'IdempotentParameterMismatch', 400],
  ])('%s: %s with status %s', (kind, code, status) => {
    expect(launchRefusal(refused(code, status))).toEqual({
      kind,
      code,
      message: `${code}!`,
      requestId: 'R-1',
    });
  });

  it.each<readonly [RefusalKind, string, number]>([
    ['configuration', 'NeverHeardOf', 400],
    ['configuration', 'NeverHeardOf', 403],
    ['transient', 'NeverHeardOf', 429],
    ['lost', 'NeverHeardOf', 500],
  ])('an unknown code is never a lack of stock: %s for %s with status %d', (kind, code, status) => {
    expect(launchRefusal(refused(code, status)).kind).toBe(kind);
  });

  it('a refusal of the cloud that failed is never a statement about stock or quota', () => {
    for (const code of ['OperationDenied.NoStock', 'QuotaExceed.ElasticQuota'])
      expect(launchRefusal(refused(code, 500)).kind).toBe('lost');
  });

  it('agrees with what the error table says to do', () => {
    const expected: Readonly<Partial<Record<RefusalKind, Reaction>>> = {
      stock: 'fall-back',
      network: 'fall-back',
      'spot-price': 'fall-back',
      throttled: 'retry',
      transient: 'retry',
      quota: 'stop',
      account: 'stop',
    };
    const told = LAUNCH_REFUSALS.filter(({ kind }) => kind !== 'lost').flatMap(({ kind, codes }) =>
      codes
        .map((code) => [code, reactionTo('RunInstances', code.replace('*', ''), 403)] as const)
        .filter(([, reaction]) => reaction !== expected[kind]),
    );
    expect(told).toEqual([]);
  });
});

describe('why one instance was refused', () => {
  it.each<readonly [InstanceRefusalKind, string, string]>([
    ['gone', 'StartInstances', 'InvalidInstanceId.NotFound'],
    ['wrong-status', 'StartInstances', 'IncorrectInstanceStatus'],
    ['stock', 'StartInstances', 'OperationDenied.NoStock'],
    ['spot-price', 'StartInstances', 'OperationDenied.SpotPriceLowerThanPublicPrice'],
    ['quota', 'StartInstances', 'QuotaExceed.ElasticQuota'],
    ['account', 'StartInstances', 'InsufficientBalance'],
    ['account', 'StartInstances', 'InstanceExpired'],
    ['transient', 'StartInstances', 'InstanceNotReady'],
    ['unsupported', 'StopInstances', 'InvalidInstanceId.NotSupport'],
    ['protected', 'DeleteInstances', 'InvalidOperation.DeletionProtection'],
    ['protected', 'DeleteInstances', 'InstanceLockedForSecurity'],
    ['in-use', 'DeleteInstances', 'DependencyViolation.SLBConfiguring'],
    ['in-use', 'DeleteInstances', 'DependencyViolation.RouteEntry'],
    ['transient', 'DeleteInstances', 'IncorrectInstanceStatus.Initializing'],
  ])('%s: %s answered %s', (kind, action, code) => {
    expect(refusedAnswer('i-1', refused(code, 403, action))).toMatchObject({
      instanceId: 'i-1',
      kind: 'refused',
      refusal: { kind, code },
    });
  });

  it('is not known when the cloud itself failed', () => {
    const details = refused('IncorrectInstanceStatus', 500, 'StartInstances');
    expect(refusedAnswer('i-1', details)).toMatchObject({ refusal: { kind: 'lost' } });
  });

  it.each(['DeleteInstances', 'StopInstances'])('%s of one that is gone is done', (action) => {
    expect(refusedAnswer('i-1', refused('InvalidInstanceId.NotFound', 404, action))).toEqual({
      instanceId: 'i-1',
      kind: 'already-so',
    });
  });
});
