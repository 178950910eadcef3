export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One structured line per call. Adapters redact secrets and URLs before they write. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
