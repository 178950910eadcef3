import { VendorError } from '../contracts';

/** A request that CloudMonitor does not understand. */
export const invalidParameter = (message: string): VendorError =>
  new VendorError(400, 'ParameterInvalid', message);

/** A rule that is not there. */
export const notFound = (message: string): VendorError =>
  new VendorError(404, 'ResourceNotFound', message);

/** The reply of every call that worked; the code is text. */
export const SUCCESS = {
  Success: true,
  Code: '200',
  Message: 'The specified resource is successfully processed.',
} as const;
