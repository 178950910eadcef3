/** What a request cannot have; `code` is for the page, the message for people. */
export class ConsoleError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'ConsoleError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
