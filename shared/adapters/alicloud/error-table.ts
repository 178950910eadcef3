import { BUDGET_SPENT, CloudError, type Reaction } from '../../domain/cloud-error';
import { redact } from '../redact';

/** A row holds for the codes it names (a trailing `*` stands for any ending) and, if given, only for matching actions. */
interface ErrorRow {
  readonly reaction: Reaction;
  readonly codes: readonly string[];
  readonly actions?: RegExp;
}

/**
 * What the vendor's codes mean to us. Products: Slb, Ecs, Cms, Alidns, Function Compute and the OpenAPI gateway.
 * The first row that fits counts, so narrow rows stand above wide ones. Codes decide, never statuses or texts: the
 * vendor answers the same code with different statuses, and `InvalidParameter` even with 503.
 */
export const ERROR_TABLE: readonly ErrorRow[] = [
  {
    reaction: 'already-so',
    actions: /^(Delete|Remove|Untag|Stop|Unset)/,
    codes: [
      'InvalidInstanceId.NotFound',
      'InvalidInstance.NotFound',
      'InvalidServerId.NotFound',
      'InvalidResourceId.NotFound',
      'InvalidLoadBalancerId.NotFound',
      'ListenerNotFound',
      'DomainRecordNotBelongToUser',
      'VServerGroupEmpty',
    ],
  },
  {
    reaction: 'already-so',
    codes: ['DomainRecordDuplicate', 'ListenerAlreadyExists', 'DryRunOperation', 'DRYRUN.SUCCESS'],
  },
  {
    reaction: 'wait-for-lock',
    codes: [
      'BackendServer.configuring',
      'ServiceIsConfiguring',
      'ServiceIsStopping',
      'VServerGroupProcessing',
      'OperationBusy',
      'SystemBusy',
      'OperationFailed.ListenerStatusNotSupport',
      'DependencyViolation.SLBConfiguring',
      'LastOperationNotFinished',
      'RecordForbidden.DNSChange',
    ],
  },
  {
    reaction: 'retry',
    codes: [
      'Throttling*',
      'Rejected.Throttling',
      'InternalError*',
      'ServiceUnavailable*',
      'ProcessingSameRequest',
      'OperationFailed.TokenIsProcessing',
      'LastTokenProcessing',
      'OperationConflict',
      'OperationDenied.ResourceControl',
      'OperationDenied.CreatingConflict',
      'IncorrectVSwitchStatus',
      'IncorrectVpcStatus',
      'InstanceNotReady',
      'IncorrectInstanceStatus.Initializing',
      'UnknownError',
      'RequestTimeout',
      'ResourceExhausted*',
      'ResourceThrottled',
      'ConcurrentUpdateError',
      'TooManyRequests',
      'InternalServerError',
      'Timeout',
      'ConnectionFailed',
      'UnreadableReply',
      BUDGET_SPENT,
    ],
  },
  {
    reaction: 'fall-back',
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
      'QuotaExceeded.PrivateIpAddress',
      'InvalidVSwitchId.IpInvalid',
      'InvalidSpotPriceLimit*',
      'InvalidSpotStrategy',
      'InvalidSpotDuration',
      'OperationDenied.SpotPriceLowerThanPublicPrice',
    ],
  },
  {
    reaction: 'stop',
    codes: [
      'InvalidParameter*',
      'MissingParameter*',
      'Invalid*',
      'Forbidden*',
      'Forbbiden*',
      'Unauthorized*',
      'NoPermission*',
      'SignatureDoesNotMatch',
      'SignatureNonceUsed',
      'IncompleteSignature',
      'InvalidCredentials',
      'MissingCredentials',
      'UnsupportedOperation*',
      'UnsupportedParameter',
      'UnsupportedHTTPMethod',
      'NoSuchVersion',
      'ActionNotAllowed',
      'QuotaExceed*',
      'OverQuota',
      'LimitExceed*',
      'TooManyBackendServers',
      'BackendServersMalformed',
      'BackendServer.ServerIdEmpty',
      'ObtainIpFail',
      'InstanceBackendServerNumberOverLimit',
      'ListenerNotFound',
      'CheckedListenerNotFound',
      'ListenerNumberOverLimit',
      'RspoolVipExist',
      'RspoolRuleExist',
      'IncorrectInstanceStatus',
      'InstanceLockedForSecurity',
      'InstanceExpired*',
      'InsufficientBalance',
      'Account.Arrearage',
      'TagCountLimit',
      'DomainRecordConflict',
      'DomainRecordLocked',
      'DomainRecordNotBelongToUser',
      'DomainRecordDisable',
      'DomainForbidden',
      'IncorrectDomainUser',
      'RecordForbidden.BlackHole',
      'DisableDNSSLB',
      'PanDomainRecord',
      'SubDomainInvalid*',
      'RealNameAuthenticationError',
      'FunctionNotFound',
      'ServiceNotFound',
      'VersionNotFound',
      'AliasNotFound',
      'AccessDenied*',
      'IdempotentParameterMismatch',
    ],
  },
];

/** Codes of `stop` that say that the caller may not do such a thing at all, whatever it asks for. */
const DENIED_CODES: readonly string[] = [
  'Forbidden*',
  'Forbbiden*',
  'Unauthorized*',
  'NoPermission*',
  'AccessDenied*',
  'InvalidAccessKeyId*',
  'InvalidSecurityToken*',
  'InvalidCredentials',
  'MissingCredentials',
  'SignatureDoesNotMatch',
  'IncompleteSignature',
  'InsufficientBalance',
  'Account.Arrearage',
];

/** Codes that look like the others but are about one thing alone, not about the caller. */
const ABOUT_ONE_THING: readonly string[] = ['Forbidden.RecordLocked'];

export interface VendorFailure {
  readonly action: string;
  /** HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** The vendor's code, or one of ours: `Timeout`, `ConnectionFailed`, `UnreadableReply`. */
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** False when the request surely never left, such as a refused connection. */
  readonly mayHaveBeenSent?: boolean | undefined;
  readonly cause?: unknown;
}

/** A trailing `*` stands for any ending. Example: `Throttling*` fits `Throttling.User`. */
export const matchesCode = (pattern: string, code: string): boolean =>
  pattern.endsWith('*') ? code.startsWith(pattern.slice(0, -1)) : code === pattern;

/** Reads change nothing, so a lost reply to one is never ambiguous. */
export const isReadAction = (action: string): boolean =>
  /^(Describe|List|Get|Query|Check|Preview)/.test(action);

function reactionByStatus(status: number | undefined): Reaction {
  if (status === undefined || status >= 500 || status === 408 || status === 429) return 'retry';
  return status === 409 || status === 423 || status === 449 ? 'wait-for-lock' : 'stop';
}

/** The table's answer, or by status where the code is unknown: 5xx, 408, 429 retry; 409, 423, 449 wait; else stop. */
export function reactionTo(action: string, code: string, status?: number): Reaction {
  const row = ERROR_TABLE.find(
    ({ codes, actions }) =>
      (actions?.test(action) ?? true) && codes.some((pattern) => matchesCode(pattern, code)),
  );
  return row?.reaction ?? reactionByStatus(status);
}

const LOST_REPLIES: readonly string[] = ['Timeout', 'ConnectionFailed', 'UnreadableReply'];

function isAmbiguous(failure: VendorFailure): boolean {
  if (isReadAction(failure.action) || failure.mayHaveBeenSent === false) return false;
  if (failure.code.startsWith('Throttling')) return false;
  return LOST_REPLIES.includes(failure.code) || (failure.status ?? 0) >= 500;
}

/**
 * A failed call as the one error that leaves an adapter, classified by the table, its message redacted.
 *
 * Example: `{ action: 'SetBackendServers', status: 409, code: 'BackendServer.configuring', … }` → reaction `wait-for-lock`,
 * not ambiguous. A write that timed out, was reset, answered 5xx or answered unreadably is ambiguous; a read never is.
 */
export function classifyVendorError(failure: VendorFailure): CloudError {
  const { action, code, status, requestId, retryAfterMs } = failure;
  const reaction = reactionTo(action, code, status);
  const isDenied =
    DENIED_CODES.some((pattern) => matchesCode(pattern, code)) && !ABOUT_ONE_THING.includes(code);
  return new CloudError({
    action,
    code,
    reaction,
    ...(reaction === 'stop' && isDenied && { isDenied }),
    isAmbiguous: isAmbiguous(failure),
    message: redact(failure.message),
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(failure.cause === undefined ? {} : { cause: failure.cause }),
  });
}
