import {
  BUDGET_SPENT,
  CloudError,
  type CloudErrorDetails,
  type Reaction,
} from '../../domain/cloud-error';
import { type RefusalKind } from '../../domain/scale-memory';
import {
  type InstanceAnswer,
  type InstanceRefusalKind,
  type LaunchRefusal,
} from '../../ports/fleet';
import { matchesCode } from './error-table';

interface RefusalRow<Kind> {
  readonly kind: Kind;
  readonly codes: readonly string[];
}

/**
 * What the codes of RunInstances (and StartInstances) say about a launch. The first row that fits counts. Codes decide,
 * never statuses or texts: the same code comes with several of both.
 */
export const LAUNCH_REFUSALS: readonly RefusalRow<RefusalKind>[] = [
  {
    // An earlier call under the same token is being worked on, or asked for something else: what it launched shows by its tag.
    kind: 'lost',
    codes: [
      'IdempotentParameterMismatch',
      'LastTokenProcessing',
      'OperationFailed.TokenIsProcessing',
      'ProcessingSameRequest',
    ],
  },
  { kind: 'throttled', codes: ['Throttling*', 'Rejected.Throttling', BUDGET_SPENT] },
  { kind: 'network', codes: ['QuotaExceeded.PrivateIpAddress', 'InvalidVSwitchId.IpInvalid'] },
  {
    kind: 'stock',
    codes: [
      'OperationDenied.NoStock',
      'Zone.NotOnSale',
      'Zone.NotOpen',
      'InvalidInstanceType.ZoneNotSupported',
      'OperationDenied.ZoneNotAllowed',
      'OperationDenied.ZoneSystemCategoryNotMatch',
      'InstanceType.Offline',
      'CategoryNotSupported',
      'NodeControllerUnavailable',
      'ResourceNotAvailable',
      'InvalidResourceType.NotSupported',
    ],
  },
  {
    kind: 'spot-price',
    codes: [
      'InvalidSpotPriceLimit*',
      'InvalidSpotStrategy',
      'InvalidSpotDuration',
      'OperationDenied.SpotPriceLowerThanPublicPrice',
    ],
  },
  {
    kind: 'quota',
    codes: ['QuotaExceed*', 'OperationDenied.QuotaExceed', 'SecurityGroupInstanceLimitExceed'],
  },
  {
    kind: 'account',
    codes: [
      'InvalidAccountStatus.NotEnoughBalance',
      'InsufficientBalance*',
      'Account.Arrearage',
      'RealNameAuthenticationError',
      'InvalidUser.PassRoleForbidden',
      'InstanceExpired*',
      'DiskInArrears',
      'Forbidden*',
      'NoPermission*',
      'Unauthorized*',
      'AccessDenied*',
      'SignatureDoesNotMatch',
      'SignatureNonceUsed',
      'IncompleteSignature',
      'InvalidAccessKeyId*',
      'InvalidSecurityToken*',
      'MissingCredentials',
      'InvalidCredentials',
    ],
  },
  {
    kind: 'transient',
    codes: [
      'OperationDenied.ResourceControl',
      'OperationDenied.CreatingConflict',
      'IncorrectVSwitchStatus',
      'IncorrectVpcStatus',
      'IncorrectInstanceStatus.Initializing',
      'InstanceNotReady',
      'InternalError*',
      'ServiceUnavailable*',
    ],
  },
];

const INSTANCE_REFUSALS: readonly RefusalRow<InstanceRefusalKind>[] = [
  { kind: 'gone', codes: ['InvalidInstanceId.NotFound'] },
  { kind: 'wrong-status', codes: ['IncorrectInstanceStatus'] },
  { kind: 'in-use', codes: ['DependencyViolation.*'] },
  {
    kind: 'protected',
    codes: [
      'InvalidOperation.DeletionProtection',
      'InvalidOperation.NotInWhiteList',
      'InstanceLockedForSecurity',
    ],
  },
  { kind: 'unsupported', codes: ['InvalidInstanceId.NotSupport*'] },
];

/** Where no row names the code. An unknown refusal is never taken for a lack of stock: it would hide behind the next option. */
const BY_REACTION: Readonly<Record<Reaction, RefusalKind>> = {
  retry: 'transient',
  'wait-for-lock': 'transient',
  'fall-back': 'stock',
  stop: 'configuration',
  'already-so': 'configuration',
};

const kindIn = <Kind>(rows: readonly RefusalRow<Kind>[], code: string): Kind | undefined =>
  rows.find(({ codes }) => codes.some((pattern) => matchesCode(pattern, code)))?.kind;

/**
 * The class of a refused launch.
 *
 * Example: `OperationDenied.NoStock` → `stock`; a call that timed out on its way → `lost`, whatever its code.
 */
export function launchRefusalKind(details: CloudErrorDetails): RefusalKind {
  if (details.isAmbiguous) return 'lost';
  return kindIn(LAUNCH_REFUSALS, details.code) ?? BY_REACTION[details.reaction];
}

/** The class of one refused start, stop or deletion. */
const instanceRefusalKind = (details: CloudErrorDetails): InstanceRefusalKind =>
  (details.isAmbiguous ? undefined : kindIn(INSTANCE_REFUSALS, details.code)) ??
  launchRefusalKind(details);

const explained = ({
  code,
  message,
  requestId,
}: CloudErrorDetails): Omit<LaunchRefusal, 'kind'> => ({
  code,
  message,
  requestId: requestId ?? null,
});

export const launchRefusal = (details: CloudErrorDetails): LaunchRefusal => ({
  kind: launchRefusalKind(details),
  ...explained(details),
});

/** What a failed call, or one row of a reply, means for one instance: `already-so` where the error table says so. */
export function refusedAnswer(instanceId: string, details: CloudErrorDetails): InstanceAnswer {
  if (details.reaction === 'already-so') return { instanceId, kind: 'already-so' };
  const refusal = { kind: instanceRefusalKind(details), ...explained(details) };
  return { instanceId, kind: 'refused', refusal };
}

/** The details of a cloud error; anything else is a defect and is thrown on. */
export function detailsOf(error: unknown): CloudErrorDetails {
  if (error instanceof CloudError) return error.details;
  throw error;
}
