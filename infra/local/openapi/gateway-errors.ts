import { VendorError } from '../contracts';

/** Errors of the gateway itself, with the vendor's codes, statuses and meanings; services throw their own. */

export const missingParameter = (name: string): VendorError =>
  new VendorError(
    400,
    'MissingParameter',
    `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
  );

export const invalidParameter = (name: string): VendorError =>
  new VendorError(400, 'InvalidParameter', `The specified parameter "${name}" is not valid.`);

export const malformedRequest = (what: string): VendorError =>
  new VendorError(400, 'InvalidParameter', `The request is malformed: ${what}.`);

export const bodyTooLarge = (): VendorError =>
  new VendorError(413, 'RequestEntityTooLarge', 'The request body is too large.');

export const unsupportedMethod = (): VendorError =>
  new VendorError(400, 'UnsupportedHTTPMethod', 'This http method is not supported.');

export const unknownVersion = (): VendorError =>
  new VendorError(400, 'InvalidVersion', 'Specified parameter Version is not valid.');

export const unknownAction = (): VendorError =>
  new VendorError(
    404,
    'InvalidAction.NotFound',
    'Specified api is not found, please check your url and method.',
  );

export const incompleteSignature = (): VendorError =>
  new VendorError(
    400,
    'IncompleteSignature',
    'The request signature does not conform to Alibaba Cloud standards.',
  );

export const signatureMismatch = (): VendorError =>
  new VendorError(
    400,
    'SignatureDoesNotMatch',
    'Specified signature does not match our calculation.',
  );

export const unknownAccessKey = (): VendorError =>
  new VendorError(404, 'InvalidAccessKeyId.NotFound', 'Specified access key is not found.');

export const malformedDate = (): VendorError =>
  new VendorError(
    400,
    'InvalidTimeStamp.Format',
    'Specified time stamp or date value is not well formatted.',
  );

export const expiredDate = (): VendorError =>
  new VendorError(
    400,
    'InvalidTimeStamp.Expired',
    'Specified time stamp or date value is expired.',
  );

export const usedNonce = (): VendorError =>
  new VendorError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.');

export const missingSecurityToken = (): VendorError =>
  new VendorError(400, 'MissingSecurityToken', 'SecurityToken is mandatory for this action.');

export const foreignSecurityToken = (): VendorError =>
  new VendorError(
    400,
    'InvalidSecurityToken.MismatchWithAccessKey',
    'Specified SecurityToken mismatch with the AccessKey.',
  );

export const expiredSecurityToken = (): VendorError =>
  new VendorError(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.');

export const forbidden = (): VendorError =>
  new VendorError(
    403,
    'Forbidden.RAM',
    "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
  );

export const internalError = (): VendorError =>
  new VendorError(
    500,
    'InternalError',
    'The request processing has failed due to some unknown error.',
  );

/** `retryAfterMs` travels as `x-acs-retry-after` when given; the vendor does not always send it. */
export const throttled = (retryAfterMs: number | null): VendorError =>
  new VendorError(
    400,
    'Throttling',
    'Request was denied due to request throttling.',
    retryAfterMs === null ? {} : { 'x-acs-retry-after': String(retryAfterMs) },
  );
