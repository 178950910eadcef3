/** A fault of the platform, not of the function: a 4xx or 5xx status with `{ErrorCode, ErrorMessage}`. */
export class PlatformError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'PlatformError';
    this.status = status;
    this.code = code;
  }
}

export const invalidArgument = (message: string): PlatformError =>
  new PlatformError(400, 'InvalidArgument', message);
