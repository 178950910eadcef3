import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { realClock } from '../../infra/local/clock';
import { NO_FAULTS, REHEARSAL_TIMES } from '../../infra/local/contracts';
import { ecsService } from '../../infra/local/ecs/actions';
import {
  type AddressPlan,
  detectAddressMode,
  loopbackAddresses,
} from '../../infra/local/ecs/address-plan';
import { ecsMetricSource } from '../../infra/local/ecs/ecs-metric-source';
import { EcsModel } from '../../infra/local/ecs/ecs-model';
import { ProcessRuntime } from '../../infra/local/ecs/process-runtime';
import { builtScript } from '../../infra/local/repository';
import { ensureBuilt } from '../support/build';
import { eventually } from '../support/eventually';
import { callAction } from '../support/wire';

interface Answer {
  readonly status: number;
  readonly backend: string | undefined;
  readonly latencyMs: number;
}

interface Place {
  readonly address: string;
  readonly servicePort: number;
}

const agent = new Agent({ keepAlive: false });

/** One GET on a fresh connection; rejects when there is no answer within `timeoutMs`. */
const get = async (place: Place, path = '/', timeoutMs = 5_000): Promise<Answer> => {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: place.address, port: place.servicePort, path, agent, timeout: timeoutMs },
      (response) => {
        response.resume();
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            backend: response.headers['x-backend'] as string | undefined,
            latencyMs: performance.now() - startedAt,
          }),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer')));
    outgoing.on('error', reject);
    outgoing.end();
  });
};

const failureOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'answered',
    (error: unknown) => (error as NodeJS.ErrnoException).code ?? (error as Error).message,
  );

const connects = async (place: Place): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(place.servicePort, place.address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });

const median = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
const many = async (count: number, place: Place): Promise<readonly Answer[]> =>
  Promise.all(Array.from({ length: count }, async () => get(place)));

describe('instances as processes', () => {
  const runtime = new ProcessRuntime({ service: { serviceTimeMs: 20, queueLimit: 64 }, seed: 3 });
  let model: EcsModel;
  let addresses: AddressPlan;

  beforeAll(async () => {
    ensureBuilt();
    addresses = await loopbackAddresses({ mode: await detectAddressMode(), network: 71 });
    model = new EcsModel({
      regionId: 'cn-hangzhou',
      clock: realClock(),
      times: { ...REHEARSAL_TIMES, instanceRebootMs: 200 },
      runtime,
      addresses,
    });
  });
  afterAll(async () => runtime.stopAll());

  const boot = async (instanceType = 'ecs.c7.large') =>
    model.find(await model.createInstance({ instanceType, isBooted: true }))!;

  const untilServiceIs = async (isUp: boolean, instanceId: string) =>
    eventually(
      () => Promise.resolve(model.find(instanceId)?.isServiceUp),
      (found) => found === isUp,
    );
  const untilConnected = async (instanceId: string) =>
    eventually(
      async () => runtime.usage(instanceId, 'test'),
      (usage) => (usage?.connections ?? 0) > 0,
    );

  it('name themselves in every answer, each at its own place', async () => {
    const [first, second] = [await boot(), await boot()];
    expect(await get(first)).toMatchObject({ status: 200, backend: first.instanceId });
    expect(await get(second, '/health')).toMatchObject({ status: 200, backend: second.instanceId });
  });

  it('queue when there is more work than vCPUs: fewer vCPUs, higher latency under the same load', async () => {
    const [small, large] = [await boot('ecs.c7.large'), await boot('ecs.c7.4xlarge')];
    const alone = (await get(small)).latencyMs;
    const loadOn = async (place: Place): Promise<number> =>
      median((await many(32, place)).map(({ latencyMs }) => latencyMs));
    const [crowded, spacious] = [await loadOn(small), await loadOn(large)];
    // 32 requests of about 20 ms over 2 vCPUs take about 320 ms, over 16 about 40 ms.
    expect(crowded).toBeGreaterThan(2 * spacious);
    expect(crowded).toBeGreaterThan(3 * alone);
  });

  it('refuse what the queue cannot hold, at once', async () => {
    const place = await boot();
    await model.injectFaults(place.instanceId, { latencyFactor: 5_000 });
    const answers = await many(100, place);
    const refused = answers.filter(({ status }) => status === 503);
    // 2 in service, 64 waiting; a few finish while the last ones arrive.
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(34);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100 - refused.length);
  });

  it('answer a share of requests with 500 and spare health checks', async () => {
    const place = await boot('ecs.c7.4xlarge');
    await model.injectFaults(place.instanceId, { errorShare: 250 });
    const answers: Answer[] = [];
    for (let round = 0; round < 10; round += 1) answers.push(...(await many(40, place)));
    const errors = answers.filter(({ status }) => status === 500).length;
    expect(errors).toBeGreaterThan(60);
    expect(errors).toBeLessThan(140);
    expect(
      (await Promise.all(Array.from({ length: 20 }, async () => get(place, '/health')))).every(
        ({ status }) => status === 200,
      ),
    ).toBe(true);
    await model.injectFaults(place.instanceId, { errorShare: 1000, sparesHealthChecks: false });
    expect(await get(place, '/health')).toMatchObject({ status: 500 });
  });

  it('slow down by the factor, while health checks stay fast', async () => {
    const place = await boot('ecs.c7.4xlarge');
    await model.injectFaults(place.instanceId, { latencyFactor: 10_000 });
    const slow = median((await many(16, place)).map(({ latencyMs }) => latencyMs));
    expect(slow).toBeGreaterThan(100);
    expect((await get(place, '/health')).latencyMs).toBeLessThan(slow / 2);
  });

  it('refuse connections after a crash; a restart over RunCommand starts a new process', async () => {
    const service = ecsService(model);
    const place = await boot();
    await model.injectFaults(place.instanceId, { isCrashed: true });
    expect(model.find(place.instanceId)?.isServiceUp).toBe(false);
    expect(await failureOf(get(place))).toBe('ECONNREFUSED');
    const started = await callAction(service, 'RunCommand', {
      Type: 'RunShellScript',
      CommandContent: 'systemctl restart app',
      'InstanceId.1': place.instanceId,
    });
    const result = async () =>
      (
        await callAction(service, 'DescribeInvocationResults', {
          InvokeId: started.text('InvokeId'),
        })
      ).rows('Invocation.InvocationResults.InvocationResult')[0]?.['InvocationStatus'];
    expect(await eventually(result, (status) => status !== 'Running')).toBe('Success');
    expect(await get(place)).toMatchObject({ status: 200, backend: place.instanceId });
    expect(model.find(place.instanceId)).toMatchObject({ isServiceUp: true, faults: NO_FAULTS });
  });

  it('accept connections and never answer while hung; a restart frees them', async () => {
    const place = await boot();
    await model.injectFaults(place.instanceId, { isHung: true });
    expect(await connects(place)).toBe(true);
    expect(await failureOf(get(place, '/', 300))).toBe('no answer');
    expect(await failureOf(get(place, '/health', 300))).toBe('no answer');
    const waiting = failureOf(get(place, '/', 5_000));
    await untilConnected(place.instanceId);
    expect(await runtime.runCommand(place.instanceId, 'systemctl restart app', 5_000)).toEqual({
      exitCode: 0,
      output: '',
    });
    expect(await waiting).toBe('ECONNRESET');
    expect(await get(place)).toMatchObject({ status: 200 });
  });

  it('answer held requests when a hang ends by itself', async () => {
    const place = await boot();
    await model.injectFaults(place.instanceId, { isHung: true });
    const waiting = get(place);
    await untilConnected(place.instanceId);
    await model.clearFaults(place.instanceId);
    expect(await waiting).toMatchObject({ status: 200 });
  });

  it('keep errors that survive a restart, and lose them in a reboot', async () => {
    const place = await boot();
    await model.injectFaults(place.instanceId, { errorShare: 1000 }, 'restart');
    await runtime.runCommand(place.instanceId, 'systemctl restart app', 5_000);
    expect(await get(place)).toMatchObject({ status: 500 });
    model.reboot(place.instanceId, true);
    expect(await failureOf(get(place))).toMatch(/ECONNREFUSED|ECONNRESET/);
    await untilServiceIs(true, place.instanceId);
    expect(await get(place)).toMatchObject({ status: 200 });
  });

  it('know the rest of a small shell', async () => {
    const place = await boot();
    const run = async (command: string) =>
      (await runtime.runCommand(place.instanceId, command, 200)).exitCode;
    expect(await run('true')).toBe(0);
    expect(await run('echo a && false')).toBe(1);
    expect(await run('reticulate')).toBe(127);
    expect(await run('sleep 30')).toBe(124);
  });

  it('report how busy they were since the reader’s last look, and their connections', async () => {
    const place = await boot();
    const source = ecsMetricSource(model);
    const cpuOf = async () =>
      (await source.sample(5_000))
        .get('CPUUtilization')
        ?.find(({ dimensions }) => dimensions['instanceId'] === place.instanceId)?.statistics
        .Average;
    await cpuOf();
    await many(60, place);
    const busy = await cpuOf();
    expect(busy).toBeGreaterThan(60);
    expect(busy).toBeLessThanOrEqual(100);
    await get(place, '/health');
    expect(await cpuOf()).toBeLessThan(30);
    expect((await runtime.usage(place.instanceId, 'another'))?.memoryBytes).toBeGreaterThan(
      1_000_000,
    );
  });

  it('are noticed when their process is killed from outside', async () => {
    const place = await boot();
    await model.injectFaults(place.instanceId, NO_FAULTS);
    runtime.kill(place.instanceId);
    await untilServiceIs(false, place.instanceId);
    expect(await failureOf(get(place))).toBe('ECONNREFUSED');
    expect(model.find(place.instanceId)?.status).toBe('Running');
  });

  it('are an error when their place is taken', async () => {
    const place = await boot();
    const start = runtime.start({ ...place, instanceId: 'i-second' }, () => undefined);
    await expect(start).rejects.toThrow('EADDRINUSE');
  });

  it('end when their parent is gone', async () => {
    const { address, servicePort } = await addresses.next();
    const place = { instanceId: 'i-orphan', address, servicePort, cpuCount: 1 };
    const settings = {
      serviceTimeMs: 1,
      serviceTimeSpread: 0,
      queueLimit: 1,
      healthPath: '/health',
    };
    const child: ChildProcess = fork(
      builtScript('local/instance-process.js'),
      [JSON.stringify({ place, settings, seed: 1, faults: NO_FAULTS })],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] },
    );
    await once(child, 'message');
    expect(await get(place)).toMatchObject({ status: 200 });
    const exit = once(child, 'exit');
    child.disconnect();
    expect(await exit).toEqual([0, null]);
  });
});

describe('where only one loopback address exists', () => {
  it('instances share it and differ by port', async () => {
    ensureBuilt();
    const runtime = new ProcessRuntime();
    const addresses = await loopbackAddresses({ mode: 'port-per-instance' });
    const model = new EcsModel({
      regionId: 'cn-hangzhou',
      clock: realClock(),
      times: REHEARSAL_TIMES,
      runtime,
      addresses,
    });
    try {
      const ids = [
        await model.createInstance({ instanceType: 'ecs.c7.large', isBooted: true }),
        await model.createInstance({ instanceType: 'ecs.c7.large', isBooted: true }),
      ];
      const places = ids.map((id) => model.find(id)!);
      expect(places.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1']);
      expect(
        (await Promise.all(places.map(async (place) => get(place)))).map(({ backend }) => backend),
      ).toEqual(ids);
    } finally {
      await runtime.stopAll();
    }
  });
});
