import { describe, expect, it } from '@jest/globals';
import { policyFields } from '../../../shared/config/json-schema';
import { policySchema } from '../../../shared/config/schema';
import { formatSignal, parseRate } from '../../../shared/config/signal-notation';
import {
  DEFAULT_INVENTORY,
  DEFAULT_LAUNCH,
  DEFAULT_RETIRE,
  DEFAULT_SCALING,
  DEFAULT_WARM_POOL,
} from '../../../shared/domain/scale-defaults';
import { type ScaleSignal } from '../../../shared/domain/scale-policy';
import { fleetOf, launch, option, scalePolicy, type Written } from './scaled-policy';

const PARTS = { template: 'lt-bp1web', options: [option()] };

describe('a policy without scaling', () => {
  it.each([
    ['left out', {}],
    ['null', { scale: null, membership: null }],
  ])('%s has neither section, and the hash that it always had', (_name, written) => {
    const [pool] = fleetOf(written).pools;
    expect(pool).not.toHaveProperty('scale');
    expect(pool).not.toHaveProperty('membership');
  });
});

describe('the scale section', () => {
  it('needs bounds, a template and one way to launch; everything else has its default', () => {
    expect(scalePolicy({ min: 1, max: 2, metrics: [] })).toEqual({
      min: 1,
      max: 2,
      metrics: [],
      steps: [],
      schedules: [],
      ...DEFAULT_SCALING,
      launch: {
        ...DEFAULT_LAUNCH,
        templateId: 'lt-bp1web',
        templateVersion: null,
        options: [
          {
            name: 'cn-hangzhou-h/ecs.c7.large/pay-as-you-go',
            zoneId: 'cn-hangzhou-h',
            vSwitchId: null,
            instanceType: 'ecs.c7.large',
            chargeType: 'pay-as-you-go',
            spotPriceMax: null,
            weight: null,
          },
        ],
      },
      retire: DEFAULT_RETIRE,
      warmPool: DEFAULT_WARM_POOL,
      inventory: DEFAULT_INVENTORY,
    });
  });

  it.each([
    ['min', { max: 2, launch: PARTS }],
    ['max', { min: 2, launch: PARTS }],
    ['launch', { min: 1, max: 2 }],
    ['launch.template', { min: 1, max: 2, launch: { options: [option()] } }],
    ['launch.options', { min: 1, max: 2, launch: { template: 'lt-1' } }],
    ['launch.options', { min: 1, max: 2, launch: launch({ options: [] }) }],
  ])('cannot guess %s', (path, scale) => {
    const pools = [{ name: 'web', targets: [{ loadBalancer: 'lb-1' }], scale }];
    const read = policySchema.safeParse({ version: 1, region: 'cn-hangzhou', pools });
    const places = read.error?.issues.map((issue) => issue.path.slice(3).join('.'));
    expect(places).toEqual([path]);
  });

  it.each<[ScaleSignal, string | number, number, string]>([
    ['cpu', '60%', 600, '60%'],
    ['load-balancer-utilisation', '1%', 10, '1%'],
    ['requests', '120/s', 120_000, '120/s'],
    ['requests', '0.25/s', 250, '0.3/s'],
    ['connections', 500, 500_000, '500'],
    ['instance-connections', 1, 1000, '1'],
    ['latency', '250ms', 250_000, '250ms'],
    ['latency', '2s', 2_000_000, '2000ms'],
  ])(
    'reads a target of %s %s as %d thousandths and shows it as %s',
    (signal, target, value, text) => {
      expect(scalePolicy({ metrics: [{ signal, target }] }).metrics).toEqual([
        { signal, target: value },
      ]);
      expect(formatSignal(signal, value)).toBe(text);
    },
  );

  it.each(['0/s', '0.000/s', '120', '1.2345/s', '/s', '-1/s', '1 /s', '1/m'])(
    'refuses the rate %p',
    (text) => {
      expect(parseRate(text)).toBeUndefined();
    },
  );

  it('reads steps by number and by share', () => {
    const steps = [
      { signal: 'cpu', direction: 'out', threshold: '80%', change: '20%' },
      { signal: 'latency', direction: 'in', threshold: '100ms', change: 2 },
    ];
    expect(scalePolicy({ steps }).steps).toEqual([
      {
        signal: 'cpu',
        direction: 'out',
        threshold: 800,
        change: { kind: 'share', share: 200 },
      },
      {
        signal: 'latency',
        direction: 'in',
        threshold: 100_000,
        change: { kind: 'count', count: 2 },
      },
    ]);
  });

  it('reads times of day as minutes, days in the order of the week, midnight at both ends', () => {
    const schedule = (different: Written) => ({
      name: 'a',
      timeZone: 'UTC',
      from: '00:00',
      to: '24:00',
      min: 3,
      ...different,
    });
    const schedules = [
      schedule({}),
      schedule({ from: '22:30', to: '06:05', days: ['sun', 'mon'], timeZone: 'Asia/Shanghai' }),
    ];
    expect(scalePolicy({ schedules }).schedules).toMatchObject([
      { fromMinute: 0, toMinute: 1440, days: { length: 7 }, min: 3, max: null },
      { fromMinute: 1350, toMinute: 365, days: ['mon', 'sun'], timeZone: 'Asia/Shanghai' },
    ]);
  });

  it('reads shares, durations and prices of the sections', () => {
    const policy = scalePolicy({
      tolerance: { out: '5%', in: '12.5%' },
      in: { enabled: false, stabilisation: '15m', rate: { window: '10m', share: '20%', count: 3 } },
      vetoes: { errorShare: null, latency: '400ms', unhealthyShare: '10%', lastWeekPeak: false },
      warmUp: '4m',
      quorum: '90%',
      launch: launch({
        templateVersion: 7,
        spotShareMax: '30%',
        options: [option({ name: 'a', chargeType: 'spot', spotPriceMax: 0.123, vSwitch: 'vsw-1' })],
        breaker: { failures: 2, open: '1h' },
      }),
      retire: { order: ['newest'], soft: '0s', hard: '10m', idleConnections: 0 },
      inventory: { strays: 'adopt', orphan: '20m' },
    });
    expect(policy).toMatchObject({
      tolerance: { out: 50, in: 125 },
      out: DEFAULT_SCALING.out,
      in: {
        enabled: false,
        stabilisationMs: 900_000,
        rate: { windowMs: 600_000, share: 200, count: 3 },
      },
      vetoes: { errorShare: null, latencyMs: 400, unhealthyShare: 100, lastWeekPeak: false },
      warmUpMs: 240_000,
      quorum: 900,
      launch: {
        templateVersion: 7,
        spotShareMax: 300,
        options: [{ name: 'a', chargeType: 'spot', spotPriceMax: 123, vSwitchId: 'vsw-1' }],
        breaker: { failures: 2, openMs: 3_600_000 },
      },
      retire: { order: ['newest'], softMs: 0, hardMs: 600_000, idleConnections: 0 },
      inventory: { strays: 'adopt', orphanMs: 1_200_000 },
    });
  });
});

describe('the membership section', () => {
  it('has the weight that the load balancer gives', () => {
    const [pool] = fleetOf({ membership: { tagKey: 'role', tagValue: 'web' } }).pools;
    expect(pool?.membership).toEqual({ tagKey: 'role', tagValue: 'web', weight: 100 });
  });

  it.each(['', 'aliyun-x', 'acs:x', 'ACS:x', 'evenkeel:pool', 'http://x', 'k'.repeat(129)])(
    'refuses the key %p, which cannot be a tag of the user’s',
    (tagKey) => {
      expect(() => fleetOf({ membership: { tagKey, tagValue: 'web' } })).toThrow('tag key');
    },
  );
});

describe('the reference of scaling', () => {
  const fields = policyFields().filter(({ path }) => /\.(scale|membership|quotas)/.test(path));
  const field = (path: string) => fields.find((one) => one.path === `pools[].scale.${path}`);

  it('shows the defaults of the domain in the notation of the file', () => {
    const shown = Object.fromEntries(fields.map((one) => [one.path.slice(8), one.default]));
    expect(shown).toMatchObject({
      scale: null,
      'scale.metrics': [],
      'scale.tolerance.out': '10%',
      'scale.tolerance.in': '20%',
      'scale.out.stabilisation': '0ms',
      'scale.in.stabilisation': '10m',
      'scale.in.rate.share': '10%',
      'scale.in.rate.window': '5m',
      'scale.quorum': '80%',
      'scale.vetoes.errorShare': '2%',
      'scale.vetoes.latency': null,
      'scale.launch.backOff.base': '5m',
      'scale.launch.backOff.max': '30m',
      'scale.launch.backOff.reset': '3h',
      'scale.retire.soft': '1m',
      'scale.retire.hard': '5m',
      membership: null,
    });
  });

  it('says of unpublished facts that they are', () => {
    const unconfirmed = fields.filter(({ why }) => why?.includes('UNCONFIRMED'));
    expect(unconfirmed.map(({ path }) => path)).toEqual([
      'pools[].scale.launch.visibility',
      'pools[].scale.launch.provisionTimeout',
      'pools[].scale.launch.tokenValidity',
    ]);
  });

  it('names each notation once where signals differ', () => {
    expect(field('metrics[].target')?.values).toBe('share | integer | rate | duration');
    expect(field('steps[].change')?.values).toBe('integer | share');
    expect(field('schedules[].from')?.values).toBe('time');
  });
});
