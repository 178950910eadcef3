import { describe, expect, it } from '@jest/globals';
import { loadPolicy } from '../../../shared/config/load-policy';
import { problemText, type PolicyProblem } from '../../../shared/config/problem';

const problemsOf = (text: string): readonly PolicyProblem[] => {
  const reading = loadPolicy(text, 'evenkeel.yaml');
  if (reading.kind === 'ok') throw new Error('expected problems');
  return reading.problems;
};

const WRONG_VALUES = `version: 1
region: cn-hangzhou
pools:
  - name: shop
    targets: [{ loadBalancer: lb-1 }]
    scale:
      min: 0
      metrics:
        - { signal: cpuu, target: 60% }
        - { signal: cpu, target: 120% }
        - { signal: requests, target: 120 }
      steps:
        - { signal: cpu, direction: up, treshold: 80%, change: 101% }
      schedules:
        - { name: a, timeZone: Asia/Shangai, days: [tues], from: '8:00', to: '24:30', min: 3 }
        - { name: b, timeZone: CST, from: '08:00', to: '20:00', min: 3 }
      tolerence: { out: 5% }
      vetoes: { errorShare: 2 }
      launch:
        template: my-template
        options:
          - { zone: cn-hangzhou-h, instanceType: c7.large, chargeType: Spot, spotPriceMax: 0.1234 }
    membership: { tagKey: 'acs:x', tagValue: 8080, wieght: 5 }
`;

describe('a scaling policy with twenty mistakes', () => {
  const found = problemsOf(WRONG_VALUES).map(({ line, column, path, suggestion }) => ({
    at: `${line}:${column}`,
    path: path.replace('pools[0].', ''),
    suggestion,
  }));

  const EXPECTED: readonly (readonly [string, string, string | undefined])[] = [
    ['7:7', 'scale.max', undefined],
    ['7:12', 'scale.min', undefined],
    ['9:21', 'scale.metrics[0].signal', 'cpu'],
    ['10:34', 'scale.metrics[1].target', undefined],
    ['11:39', 'scale.metrics[2].target', undefined],
    ['13:11', 'scale.steps[0].threshold', undefined],
    ['13:37', 'scale.steps[0].direction', 'out'],
    ['13:41', 'scale.steps[0].treshold', 'threshold'],
    ['13:64', 'scale.steps[0].change', undefined],
    ['15:32', 'scale.schedules[0].timeZone', 'Asia/Shanghai'],
    ['15:53', 'scale.schedules[0].days[0]', 'tue'],
    ['15:66', 'scale.schedules[0].from', undefined],
    ['15:78', 'scale.schedules[0].to', undefined],
    ['16:32', 'scale.schedules[1].timeZone', undefined],
    ['17:7', 'scale.tolerence', 'tolerance'],
    ['18:29', 'scale.vetoes.errorShare', undefined],
    ['20:19', 'scale.launch.template', undefined],
    ['22:50', 'scale.launch.options[0].instanceType', undefined],
    ['22:72', 'scale.launch.options[0].chargeType', 'spot'],
    ['22:92', 'scale.launch.options[0].spotPriceMax', undefined],
    ['23:27', 'membership.tagKey', undefined],
    ['23:46', 'membership.tagValue', undefined],
    ['23:52', 'membership.wieght', 'weight'],
  ];

  it('reports each of them with line, column and suggestion, in the order of the file', () => {
    expect(found).toEqual(EXPECTED.map(([at, path, suggestion]) => ({ at, path, suggestion })));
  });

  it.each([
    ['scale.metrics[1].target', 'must be a share such as 10% or 0.5%, from 1% to 100%: nothing'],
    ['scale.metrics[2].target', 'must be a rate such as 120/s'],
    ['scale.schedules[1].timeZone', 'abbreviations mean different places'],
    ['scale.launch.template', 'must be a launch template id such as lt-bp1abc'],
  ])('says of %s what it must be', (path, text) => {
    const problem = problemsOf(WRONG_VALUES).find((one) => one.path === `pools[0].${path}`);
    expect(problem && problemText(problem)).toContain(text);
  });
});

const IMPOSSIBLE = `version: 1
region: cn-hangzhou
pools:
  - name: shop
    targets:
      - loadBalancer: lb-1
        serverGroup: rsp-1
    guards: { floorCount: 5 }
    scale:
      min: 4
      max: 300
      metrics:
        - { signal: cpu, target: 95% }
        - { signal: cpu, target: 50% }
      steps:
        - { signal: cpu, direction: in, threshold: 45%, change: 1 }
        - { signal: cpu, direction: out, threshold: 50%, change: 1 }
      schedules:
        - { name: a, timeZone: UTC, from: '08:00', to: '20:00', min: 3 }
      launch:
        template: lt-1
        batchMax: 200
        registrationTimeout: 5m
        options:
          - { zone: cn-shanghai-b, instanceType: ecs.c7.large, chargeType: spot, weight: 1 }
          - { zone: cn-hangzhou-h, instanceType: ecs.c7.large, chargeType: spot }
      retire: { soft: 10m, hard: 5m }
      inventory: { orphan: 1m, strays: adopt }
    membership: { tagKey: role, tagValue: web }
`;

describe('a scaling policy that is well written and impossible', () => {
  it('is refused with every reason at its place', () => {
    const places = problemsOf(IMPOSSIBLE).map(
      ({ code, line, column }) => `${code} ${line}:${column}`,
    );
    expect(places).toEqual([
      'membership-without-port 6:9',
      'scale-min-below-floor 10:12',
      'scale-max-above-backends 11:12',
      'scale-target-out-of-reach 13:11',
      'scale-metric-repeated 14:11',
      'scale-flaps 16:52',
      'scale-step-below-target 17:53',
      'schedule-outside-bounds 19:70',
      'launch-spot-share-below-min 21:9',
      'launch-batch-above-call 22:19',
      'launch-registration-before-provision 23:30',
      'launch-zone-outside-region 25:21',
      'launch-weights-partial 26:13',
      'drain-soft-above-hard 27:23',
      'orphan-wait-below-boot 28:28',
      'membership-adopts-strays 28:40',
    ]);
  });

  it('says why on the line that it prints', () => {
    const lines = problemsOf(IMPOSSIBLE).map(problemText);
    expect(lines).toContainEqual(
      'evenkeel.yaml:23:30: pools[0].scale.launch.registrationTimeout: An instance may take 5m to run and must be registered after 5m: healthy ones would be deleted while they boot. Set registrationTimeout above provisionTimeout by the time your service starts in.',
    );
  });

  it('is linted beside mistakes of other sections, and not where scaling itself does not parse', () => {
    const codes = (text: string) => problemsOf(text).map(({ code }) => code);
    expect(codes(IMPOSSIBLE.replace('guards:', 'gaurds:'))).toEqual(
      expect.arrayContaining(['unknown-key', 'scale-max-above-backends']),
    );
    expect(codes(IMPOSSIBLE.replace('min: 4', 'min: four'))).toEqual([
      'membership-without-port',
      'wrong-value',
    ]);
  });
});
