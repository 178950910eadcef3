import { afterEach, describe, expect, it } from '@jest/globals';
import { productionPorts } from '../../../shared/adapters/production';
import { ObservedRpc } from '../../../shared/adapters/alicloud/observed-rpc';
import { CallTally } from '../../../shared/adapters/alicloud/call-tally';
import { Telemetry } from '../../../shared/adapters/telemetry/telemetry';
import { BUDGET_SPENT, CloudError } from '../../../shared/domain/cloud-error';
import { instant } from '../../../shared/domain/units';
import { createWorld, type World } from '../../support/in-process-world';
import {
  type CollectedSpan,
  startTraceCollector,
  type TraceCollector,
} from '../../support/trace-collector';

const stops: (() => unknown)[] = [];
afterEach(async () => {
  Reflect.deleteProperty(process.env, 'OTEL_EXPORTER_OTLP_ENDPOINT');
  for (const stop of stops.splice(0)) await stop();
});

async function aCollector(options: { isHanging?: boolean } = {}): Promise<TraceCollector> {
  const collector = await startTraceCollector(options);
  stops.push(collector.stop);
  return collector;
}

async function telemetryTo(url: string): Promise<Telemetry> {
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = url;
  return Telemetry.open({ serviceName: 'evenkeel', version: '1.2.3' });
}

/** One look at a pool, through the real adapters, that is traced. */
async function tracedLook(telemetry: Telemetry): Promise<World> {
  const world = await createWorld({ count: 4 });
  stops.push(() => world.stop());
  const trace = telemetry.trace({ 'faas.invocation_id': 'request-1' });
  const { store, clock } = world;
  const traced = productionPorts({
    ...{ regionId: 'cn-hangzhou', mode: 'observe', clock, trace, rpc: world.region.rpc },
    store: { kind: 'given', store },
    archive: { kind: 'given', archive: world.archive },
    prober: world.ports.prober,
    log: world.ports.log,
  });
  await world.work({ ports: traced });
  return world;
}

const childrenOf = (spans: readonly CollectedSpan[], parent: CollectedSpan) =>
  spans
    .filter(({ parentSpanId }) => parentSpanId === parent.spanId)
    .sort((one, other) =>
      BigInt(one.startTimeUnixNano) < BigInt(other.startTimeUnixNano) ? -1 : 1,
    );

describe('the trace of a turn', () => {
  it('has a span for each stage, in order, and one for each call under the stage that made it', async () => {
    const collector = await aCollector();
    const telemetry = await telemetryTo(collector.url);
    const world = await tracedLook(telemetry);
    await telemetry.flush();
    const { spans } = collector;
    const [tick] = spans.filter(({ name }) => name === 'tick');
    expect(tick?.attributes).toMatchObject({
      'evenkeel.subject': 'web',
      'evenkeel.tick_id': world.ticks[0]?.request.tickId ?? expect.any(String),
      'evenkeel.wake': 'timer',
      'faas.invocation_id': 'request-1',
    });
    const stages = childrenOf(spans, tick!);
    expect(stages.map(({ name }) => name)).toEqual([
      ...['observe', 'decide', 'guard', 'note', 'apply', 'record'],
    ]);
    expect(stages[0]?.attributes).toMatchObject({ 'evenkeel.members': 4 });
    const calls = childrenOf(spans, stages[0]!);
    expect(calls.map(({ name }) => name)).toContain('Slb.DescribeHealthStatus');
    expect(calls[0]?.attributes).toMatchObject({ 'cloud.region': 'cn-hangzhou' });
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    expect(collector.bodies.join()).toContain('"1.2.3"');
  });

  it('names no instance, no address and no parameter', async () => {
    const collector = await aCollector();
    const telemetry = await telemetryTo(collector.url);
    const world = await tracedLook(telemetry);
    await telemetry.flush();
    const text = collector.bodies.join();
    expect(text).toContain('DescribeHealthStatus');
    for (const id of world.instanceIds) expect(text).not.toContain(id);
    expect(text).not.toContain('LoadBalancerId');
  });

  it('shows a failed call as failed, with its code, and the error goes on', async () => {
    const collector = await aCollector();
    const telemetry = await telemetryTo(collector.url);
    const refusal = new CloudError({
      ...{ action: 'DescribeX', code: 'Forbidden.RAM', reaction: 'stop', isAmbiguous: false },
      message: 'see https://example.com/?Signature=abcdef0123456789',
    });
    const rpc = { call: () => Promise.reject(refusal) };
    const parts = { rpc, tally: new CallTally(), regionId: 'cn-a', trace: telemetry.trace({}) };
    const request = { product: 'Slb', version: 'x', action: 'DescribeX', query: {} } as const;
    const options = { deadline: instant(Date.now() + 1000) };
    await expect(new ObservedRpc(parts).call(request, options)).rejects.toBe(refusal);
    await telemetry.flush();
    const [span] = collector.spans;
    expect(span).toMatchObject({ name: 'Slb.DescribeX', status: { code: 2 } });
    expect(span?.attributes).toMatchObject({ 'evenkeel.code': 'Forbidden.RAM' });
    expect(collector.bodies.join()).not.toContain('abcdef0123456789');
  });
});

describe('a collector that is dead', () => {
  it('delays the end of an invocation by a second at most, once a minute, and no turn', async () => {
    const collector = await aCollector({ isHanging: true });
    const telemetry = await telemetryTo(collector.url);
    await tracedLook(telemetry);
    const startedAt = performance.now();
    await telemetry.flush();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    const again = performance.now();
    await tracedLook(telemetry);
    await telemetry.flush();
    await telemetry.flush();
    expect(collector.requests()).toBeLessThanOrEqual(2);
    expect(performance.now() - again).toBeLessThan(5_000);
  }, 20_000);

  it('is no error of anybody', async () => {
    const collector = await aCollector();
    await collector.stop();
    stops.splice(0);
    const telemetry = await telemetryTo(collector.url);
    const world = await tracedLook(telemetry);
    await expect(telemetry.flush()).resolves.toBeUndefined();
    expect(world.logged.join()).not.toContain('trace');
  }, 20_000);
});

describe('calls of the cloud', () => {
  it.each([
    ['throttled', 'Throttling.User', 'retry'],
    ['budget', BUDGET_SPENT, 'retry'],
    ['refused', 'Forbidden.RAM', 'stop'],
    ['failed', 'Timeout', 'retry'],
  ] as const)('count as %s with the code %s', async (outcome, code, reaction) => {
    const error = new CloudError({ action: 'A', code, reaction, isAmbiguous: false, message: '' });
    const tally = new CallTally();
    const rpc = new ObservedRpc({
      ...{ tally, regionId: 'cn-a', rpc: { call: () => Promise.reject(error) } },
    });
    const request = { product: 'Slb', version: 'x', action: 'A', query: {} } as const;
    await expect(rpc.call(request, { deadline: instant(0) })).rejects.toBe(error);
    expect(tally.take().calls).toEqual({ [`A/${outcome}`]: 1 });
    expect(tally.take().calls).toEqual({});
  });
});
