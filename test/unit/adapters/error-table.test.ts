import { describe, expect, it } from '@jest/globals';
import {
  classifyVendorError,
  ERROR_TABLE,
  reactionTo,
} from '../../../shared/adapters/alicloud/error-table';
import { type Reaction } from '../../../shared/domain/cloud-error';

describe('reactions to vendor codes', () => {
  it.each<[string, string, number | undefined, Reaction]>([
    ['SetBackendServers', 'BackendServer.configuring', 409, 'wait-for-lock'],
    ['SetBackendServers', 'ServiceIsConfiguring', 400, 'wait-for-lock'],
    ['SetVServerGroupAttribute', 'VServerGroupProcessing', 400, 'wait-for-lock'],
    ['SetBackendServers', 'OperationBusy', 400, 'wait-for-lock'],
    ['SetBackendServers', 'SystemBusy', 449, 'wait-for-lock'],
    ['SetBackendServers', 'ServiceIsStopping', 409, 'wait-for-lock'],
    ['DeleteInstances', 'DependencyViolation.SLBConfiguring', 400, 'wait-for-lock'],
    ['SetDomainRecordStatus', 'LastOperationNotFinished', 400, 'wait-for-lock'],
    ['SetBackendServers', 'Throttling', 400, 'retry'],
    ['DescribeMetricLast', 'Throttling.User', 429, 'retry'],
    ['DescribeInstances', 'Throttling.Api', 400, 'retry'],
    ['SetBackendServers', 'InternalError', 500, 'retry'],
    ['RunCommand', 'InternalError.Dispatch', 500, 'retry'],
    ['SetBackendServers', 'ServiceUnavailable.RegionMaintaining', 503, 'retry'],
    ['RunCommand', 'LastTokenProcessing', 403, 'retry'],
    ['InvokeFunction', 'ResourceExhausted', 429, 'retry'],
    ['RunInstances', 'OperationDenied.NoStock', 403, 'fall-back'],
    ['RunInstances', 'Zone.NotOnSale', 400, 'fall-back'],
    ['RunInstances', 'InvalidSpotPriceLimit.LowerThanPublicPrice', 400, 'fall-back'],
    ['RunInstances', 'QuotaExceeded.PrivateIpAddress', 400, 'fall-back'],
    ['RunInstances', 'QuotaExceed.ElasticQuota', 403, 'stop'],
    ['SetBackendServers', 'InvalidParameter', 503, 'stop'],
    ['SetBackendServers', 'Forbidden.RAM', 403, 'stop'],
    ['SetBackendServers', 'SignatureDoesNotMatch', 400, 'stop'],
    ['SetBackendServers', 'InvalidAccessKeyId.NotFound', 404, 'stop'],
    ['SetBackendServers', 'InvalidServerId.NotFound', 404, 'stop'],
    ['RebootInstances', 'IncorrectInstanceStatus', 403, 'stop'],
    ['InvokeFunction', 'FunctionNotFound', 404, 'stop'],
    ['RemoveBackendServers', 'InvalidServerId.NotFound', 404, 'already-so'],
    ['DeleteInstance', 'InvalidInstanceId.NotFound', 404, 'already-so'],
    ['UntagResources', 'InvalidResourceId.NotFound', 404, 'already-so'],
    ['AddDomainRecord', 'DomainRecordDuplicate', 400, 'already-so'],
    ['DescribeInstances', 'NeverHeardOf', 503, 'retry'],
    ['DescribeInstances', 'NeverHeardOf', 429, 'retry'],
    ['DescribeInstances', 'NeverHeardOf', undefined, 'retry'],
    ['SetBackendServers', 'NeverHeardOf', 409, 'wait-for-lock'],
    ['SetBackendServers', 'NeverHeardOf', 400, 'stop'],
    ['SetBackendServers', 'NeverHeardOf', 403, 'stop'],
  ])('%s answered %s with %s means %s', (action, code, status, reaction) => {
    expect(reactionTo(action, code, status)).toBe(reaction);
  });

  it('names no code twice without an action that tells the rows apart', () => {
    const codes = ERROR_TABLE.filter(({ actions }) => actions === undefined).flatMap(
      (row) => row.codes,
    );
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('ambiguity', () => {
  const write = { action: 'SetBackendServers', message: 'x' };
  const read = { action: 'DescribeHealthStatus', message: 'x' };

  it.each([
    ['a write that timed out', { ...write, code: 'Timeout' }, true],
    [
      'a write whose connection broke',
      { ...write, code: 'ConnectionFailed', mayHaveBeenSent: true },
      true,
    ],
    [
      'a write whose connection was refused',
      { ...write, code: 'ConnectionFailed', mayHaveBeenSent: false },
      false,
    ],
    ['a write answered with HTML', { ...write, code: 'UnreadableReply', status: 502 }, true],
    ['a write answered 500', { ...write, code: 'InternalError', status: 500 }, true],
    ['a write that was throttled', { ...write, code: 'Throttling.User', status: 503 }, false],
    [
      'a write that met the lock',
      { ...write, code: 'BackendServer.configuring', status: 409 },
      false,
    ],
    ['a read that timed out', { ...read, code: 'Timeout' }, false],
    ['a read answered 500', { ...read, code: 'InternalError', status: 500 }, false],
  ])('of %s', (_what, failure, isAmbiguous) => {
    expect(classifyVendorError(failure).details.isAmbiguous).toBe(isAmbiguous);
  });
});

describe('the error that leaves an adapter', () => {
  it('carries action, code, status, request id and the wait that the vendor asked for', () => {
    const { details } = classifyVendorError({
      action: 'SetBackendServers',
      status: 400,
      code: 'Throttling',
      message: 'slow down',
      requestId: 'R-7',
      retryAfterMs: 1500,
    });
    expect(details).toEqual({
      action: 'SetBackendServers',
      status: 400,
      code: 'Throttling',
      message: 'slow down',
      requestId: 'R-7',
      retryAfterMs: 1500,
      reaction: 'retry',
      isAmbiguous: false,
    });
  });

  it.each([
    [
      'a URL with a signed query',
      'POST https://slb.aliyuncs.com/?AccessKeyId=LTAI5tSecretSecret&Signature=abc%3D failed',
    ],
    ['a bare query', 'GET /?AccessKeyId=LTAI5tSecretSecret&Signature=abc%3D failed'],
    [
      'an authorization header',
      'Authorization: ACS3-HMAC-SHA256 Credential=LTAI5tSecretSecret,SignedHeaders=host,Signature=abc%3D',
    ],
    ['an access key', 'The access key LTAI5tSecretSecret is unknown, signature: abc%3D'],
    ['a security token', 'SecurityToken=LTAI5tSecretSecret was refused; Signature="abc%3D"'],
    ['JSON', '{"accessKeyId":"LTAI5tSecretSecret","Signature":"abc%3D"}'],
  ])('has no secret in its message when the vendor quotes %s', (_what, message) => {
    const error = classifyVendorError({
      action: 'SetBackendServers',
      code: 'SignatureDoesNotMatch',
      status: 400,
      message,
    });
    expect(error.message).not.toMatch(/LTAI5t|abc%3D|aliyuncs/);
  });

  it('keeps what is no secret', () => {
    const message = 'The weight 101 of i-bp1 is out of range; see rule 3.';
    expect(
      classifyVendorError({ action: 'A', code: 'C', status: 400, message }).details.message,
    ).toBe(message);
  });
});
