import { type Clock } from '../../ports/clock';
import { type Log, type LogFields } from '../../ports/log';
import { redact } from '../redact';

export interface JsonLogOptions {
  readonly clock: Clock;
  /** Takes one line without its end. Default: standard output. */
  readonly writeLine?: (line: string) => void;
}

const clean = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? redact(value) : value,
    ]),
  );

/** One JSON object per line: `time`, `level`, `message`, then the fields, redacted. */
export class JsonLog implements Log {
  private readonly clock: Clock;
  private readonly writeLine: (line: string) => void;

  constructor({ clock, writeLine }: JsonLogOptions) {
    this.clock = clock;
    this.writeLine = writeLine ?? ((line) => process.stdout.write(`${line}\n`));
  }

  info(message: string, fields: LogFields = {}): void {
    this.write('info', message, fields);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    this.write('error', message, fields);
  }

  private write(level: string, message: string, fields: LogFields): void {
    const time = new Date(this.clock.now()).toISOString();
    this.writeLine(JSON.stringify({ time, level, message: redact(message), ...clean(fields) }));
  }
}
