import { type Log, type LogFields } from '../ports/log';

/** A log whose lines tell what they are about: whoever writes them, adapters included, need not know. Own fields of a line win. */
export class ScopedLog implements Log {
  private readonly log: Log;
  private scope: LogFields = {};

  constructor(log: Log) {
    this.log = log;
  }

  about(fields: LogFields): void {
    this.scope = fields;
  }

  info(message: string, fields: LogFields = {}): void {
    this.log.info(message, { ...this.scope, ...fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.log.warn(message, { ...this.scope, ...fields });
  }

  error(message: string, fields: LogFields = {}): void {
    this.log.error(message, { ...this.scope, ...fields });
  }
}
