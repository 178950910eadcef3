import { type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { type Trace, type TraceFields } from '../../ports/trace';
import { SpanTrace, type SpanParts } from './span-trace';

/** Longest time of one export, and of all that waits at the end of an invocation. */
const EXPORT_MS = 1_000;
/** A collector that did not answer is left alone for so long: what happens meanwhile is not traced. */
const REST_MS = 60_000;
/** Spans that wait at most; more are dropped. */
const QUEUE_MAX = 2_048;

type ExportResult = Parameters<Parameters<SpanExporter['export']>[1]>[0];
/** With `ExportResultCode.SUCCESS` of a package that is not ours to import. */
const TAKEN = { code: 0 } as unknown as ExportResult;

export interface TelemetryOptions {
  /** Name under which the collector shows us. */
  readonly serviceName: string;
  readonly version: string;
}

/** Spans for a collector of the OpenTelemetry protocol over HTTP. Never in the way: a dead collector costs a second a minute. */
export class Telemetry {
  private readonly parts: SpanParts;
  private readonly flushAll: () => Promise<void>;

  private constructor(parts: SpanParts, flushAll: () => Promise<void>) {
    this.parts = parts;
    this.flushAll = flushAll;
  }

  /**
   * Loads what is needed. Address, headers and sampling are the standard’s variables: `OTEL_EXPORTER_OTLP_ENDPOINT`,
   * `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`.
   */
  static async open({ serviceName, version }: TelemetryOptions): Promise<Telemetry> {
    const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ]);
    // A connection that was kept would be dead after the platform froze the function.
    const exporter = new OTLPTraceExporter({ keepAlive: false, timeoutMillis: EXPORT_MS });
    const processor = new sdk.BatchSpanProcessor(patient(exporter), {
      ...{ maxQueueSize: QUEUE_MAX, exportTimeoutMillis: EXPORT_MS, scheduledDelayMillis: 2_000 },
    });
    const resource = resourceFromAttributes({
      'service.name': process.env['OTEL_SERVICE_NAME'] ?? serviceName,
      'service.version': version,
    });
    const provider = new sdk.BasicTracerProvider({ resource, spanProcessors: [processor] });
    const parts = {
      tracer: provider.getTracer('evenkeel', version),
      root: api.ROOT_CONTEXT,
      within: api.trace.setSpan.bind(api.trace),
      failed: api.SpanStatusCode.ERROR,
    };
    return new Telemetry(parts, async () => provider.forceFlush());
  }

  /** For the turns of one pool or name. `common`: attributes of every span. */
  trace(common: TraceFields): Trace {
    return new SpanTrace(this.parts, common);
  }

  /** Sends what waits. Over after a second, whatever the collector does; never throws. */
  async flush(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const time = new Promise<void>((resolve) => (timer = setTimeout(resolve, EXPORT_MS)));
    await Promise.race([this.flushAll().catch(() => undefined), time]);
    clearTimeout(timer);
  }
}

/** Leaves a collector alone that did not take the last spans. */
function patient(exporter: SpanExporter): SpanExporter {
  let restUntil = 0;
  return {
    export: (spans, done) => {
      if (performance.now() < restUntil) {
        done(TAKEN);
        return;
      }
      const limit = setTimeout(() => (restUntil = performance.now() + REST_MS), EXPORT_MS);
      limit.unref();
      exporter.export(spans, (result) => {
        clearTimeout(limit);
        if (result.code !== TAKEN.code) restUntil = performance.now() + REST_MS;
        done(TAKEN);
      });
    },
    shutdown: async () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
