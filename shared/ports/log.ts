export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One structured line per call. Adapters redact secrets and URLs before they write. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Fields that every line has from now on, in place of those that were said here before. Left out where nobody needs them. */
  about?(fields: LogFields): void;
}
