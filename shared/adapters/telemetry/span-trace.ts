import { type Context, type Span, type SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { CloudError } from '../../domain/cloud-error';
import { type FieldsOf, type Trace, type TraceFields, type Work } from '../../ports/trace';
import { redact } from '../redact';

/** What is needed of the OpenTelemetry API, which is loaded only where traces are wanted. */
export interface SpanParts {
  readonly tracer: Tracer;
  readonly root: Context;
  readonly within: (context: Context, span: Span) => Context;
  /** The status of a span that failed. */
  readonly failed: SpanStatusCode;
}

const MESSAGE_LENGTH_MAX = 200;

/** Stages and calls of one pool or name as OpenTelemetry spans: a stage has what happens meanwhile as its children. */
export class SpanTrace implements Trace {
  private readonly parts: SpanParts;
  private readonly common: TraceFields;
  private readonly open: Context[];

  /** `common`: attributes of every span. */
  constructor(parts: SpanParts, common: TraceFields) {
    this.parts = parts;
    this.common = common;
    this.open = [parts.root];
  }

  stage<T>(name: string, work: Work<T>, fieldsOf?: FieldsOf<T>): T {
    const parent = this.present();
    const span = this.start(name, parent);
    const context = this.parts.within(parent, span);
    this.open.push(context);
    const close = (): void => {
      const at = this.open.lastIndexOf(context);
      if (at > 0) this.open.splice(at, 1);
    };
    return this.settled(span, work, fieldsOf, close);
  }

  async call<T>(name: string, work: Work<Promise<T>>, fieldsOf?: FieldsOf<T>): Promise<T> {
    return this.settled(this.start(name, this.present()), work, fieldsOf as FieldsOf<Promise<T>>);
  }

  private present(): Context {
    return this.open.at(-1) ?? this.parts.root;
  }

  private start(name: string, parent: Context): Span {
    return this.parts.tracer.startSpan(name, { attributes: { ...this.common } }, parent);
  }

  private settled<T>(
    span: Span,
    work: Work<T>,
    fieldsOf: FieldsOf<T> | undefined,
    close: () => void = () => undefined,
  ): T {
    const end = (result: Awaited<T>): void => {
      close();
      if (fieldsOf !== undefined) span.setAttributes({ ...fieldsOf(result) });
      span.end();
    };
    const fail = (error: unknown): void => {
      close();
      this.fail(span, error);
    };
    try {
      const result = work();
      if (result instanceof Promise) result.then(end, fail);
      else end(result as Awaited<T>);
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  /** A message of the cloud may carry what no log may: it is redacted, too. */
  private fail(span: Span, error: unknown): void {
    const message = redact(
      error instanceof Error ? error.message : String(error),
      MESSAGE_LENGTH_MAX,
    );
    if (error instanceof CloudError) span.setAttribute('evenkeel.code', error.details.code);
    span.setStatus({ code: this.parts.failed, message });
    span.end();
  }
}
