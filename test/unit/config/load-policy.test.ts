import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPolicy, type PolicyReading } from '../../../shared/config/load-policy';
import { problemText, type PolicyProblem } from '../../../shared/config/problem';

const EXAMPLES = join(__dirname, '../../../docs/examples');

const MINIMAL = `version: 1
region: cn-hangzhou
pools:
  - name: web
    targets:
      - loadBalancer: lb-1
`;

const problemsOf = (text: string): readonly PolicyProblem[] => {
  const reading = loadPolicy(text, 'evenkeel.yaml');
  if (reading.kind === 'ok') throw new Error('expected problems');
  return reading.problems;
};

const accepted = (text: string): Extract<PolicyReading, { kind: 'ok' }> => {
  const reading = loadPolicy(text, 'evenkeel.yaml');
  if (reading.kind === 'invalid') throw new Error(reading.problems.map(problemText).join('\n'));
  return reading;
};

const TEN_MISTAKES = `version: 2
regoin: cn-hangzhou
pools:
  - name: Web!
    mode: enforced
    watchInterval: 5
    targets:
      - loadBalancer: lb-1
        port: 99999
    heal:
      confirm: { fall: 0 }
      outlier:
        error_floor: 5%
    guards:
      floorShare: 0.5
  - name: api
    targets: []
    store: file
`;

describe('a policy with ten mistakes and more', () => {
  const found = problemsOf(TEN_MISTAKES).map(({ line, column, path, suggestion }) => ({
    at: `${line}:${column}`,
    path,
    suggestion,
  }));

  it.each([
    ['1:10', 'version', undefined],
    ['1:1', 'region', undefined],
    ['2:1', 'regoin', 'region'],
    ['4:11', 'pools[0].name', undefined],
    ['5:11', 'pools[0].mode', 'enforce'],
    ['6:20', 'pools[0].watchInterval', undefined],
    ['9:15', 'pools[0].targets[0].port', undefined],
    ['11:24', 'pools[0].heal.confirm.fall', undefined],
    ['13:9', 'pools[0].heal.outlier.error_floor', 'errorFloor'],
    ['15:19', 'pools[0].guards.floorShare', undefined],
    ['17:14', 'pools[1].targets', undefined],
    ['18:5', 'pools[1].store', undefined],
  ])('reports %s %s', (at, path, suggestion) => {
    expect(found).toContainEqual({ at, path, suggestion });
  });

  it('reports nothing else, in the order of the file', () => {
    expect(found).toHaveLength(12);
    const lines = problemsOf(TEN_MISTAKES).map((problem) => problem.line);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });

  it('prints file, line, column, path and suggestion on one line', () => {
    const misspelt = problemsOf(TEN_MISTAKES).find((problem) => problem.path === 'regoin');
    expect(misspelt && problemText(misspelt)).toBe(
      'evenkeel.yaml:2:1: regoin: unknown key; did you mean region?',
    );
  });
});

describe('loading a policy', () => {
  it.each(readdirSync(EXAMPLES))('accepts the example %s and asks editors to check it', (name) => {
    const text = readFileSync(join(EXAMPLES, name), 'utf8');
    const reading = loadPolicy(text, name);
    expect(reading).toMatchObject({ kind: 'ok' });
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../evenkeel.schema.json');
  });

  it('fills every default', () => {
    const { policy } = accepted(MINIMAL);
    expect(policy.pools[0]).toMatchObject({
      name: 'web',
      regionId: 'cn-hangzhou',
      mode: 'observe',
      watch: 'unsteady',
      watchIntervalMs: 3000,
      targets: [{ loadBalancerId: 'lb-1', serverGroupId: 'default' }],
      heal: { confirm: { fall: 3, rise: 2 }, panic: { enter: 500, leave: 650 }, probe: null },
      guards: { floorCount: 1, ejectedShareMax: 100, budget: { windowMs: 300_000 } },
    });
  });

  it('writes nothing and lets nobody in, unless it is told to', () => {
    const { pools, console } = accepted(MINIMAL).policy;
    expect(pools.map(({ mode }) => mode)).toEqual(['observe']);
    expect(console).toMatchObject({ secret: null, isReadingOpen: false, mayWrite: false });
    const signedIn = `${MINIMAL}console: { secret: { current: env:CONSOLE } }\n`;
    expect(accepted(signedIn).policy.console.mayWrite).toBe(false);
    expect(accepted(signedIn.replace('} }', '}, writes: true }')).policy.console.mayWrite).toBe(
      true,
    );
  });

  it('reads durations, shares and factors in their own notation', () => {
    const { policy } = accepted(`${MINIMAL}    watchInterval: 1500ms
    heal:
      outlier: { deviations: 2.5, errorFloor: 0.5% }
      weights: { kind: managed, perVcpu: 12.5 }
`);
    expect(policy.pools[0]).toMatchObject({
      watchIntervalMs: 1500,
      heal: { outlier: { madMultiple: 2500, errorFloor: 5 }, weights: { factor: 12_500 } },
    });
  });

  it('puts rungs into the order of the ladder', () => {
    const { policy } = accepted(`${MINIMAL}    heal:
      ladder: { rungs: [replace, drain] }
`);
    expect(policy.pools[0]?.heal.ladder.rungs).toEqual(['drain', 'replace']);
  });

  it('gives the same hash to the same policy, whatever its order and comments', () => {
    const reordered = `# comment
pools: [{ targets: [{ loadBalancer: lb-1 }], name: web }]
region: cn-hangzhou
version: 1
`;
    expect(accepted(reordered).hash).toBe(accepted(MINIMAL).hash);
    expect(accepted(MINIMAL.replace('lb-1', 'lb-2')).hash).not.toBe(accepted(MINIMAL).hash);
  });

  it('finds two pools of one name, also beside other mistakes', () => {
    const text = `${MINIMAL}  - name: web
    targets: [{ loadBalancer: lb-2 }]
    moed: observe
`;
    expect(problemsOf(text)).toEqual([
      expect.objectContaining({ code: 'duplicate-pool', line: 7, column: 11 }),
      expect.objectContaining({ code: 'unknown-key', line: 9, suggestion: 'mode' }),
    ]);
  });

  it('treats lint errors as problems with their place, and other findings as warnings', () => {
    const wrong = `${MINIMAL}    heal:
      panic: { enter: 60%, leave: 50% }
`;
    expect(problemsOf(wrong)).toEqual([
      expect.objectContaining({ code: 'panic-leave-not-above-enter', line: 8, column: 35 }),
    ]);
    expect(accepted(MINIMAL).warnings.map((warning) => warning.code)).toContain('alarms-refused');
  });

  describe('beside problems of the schema', () => {
    const PANIC = 'panic: { enter: 60%, leave: 50% }';
    const TARGET = 'targets: [{ loadBalancer: lb-1 }]';
    const places = (text: string) =>
      problemsOf(text).map(({ code, line, column }) => `${code} ${line}:${column}`);

    it('lints the sections that parse, in the same pool and in others, at their place in the file', () => {
      const text = `verison: 1
region: [nowhere]
prices: { perVcpuSecond: much }
pools:
  - name: Web!
    ${TARGET}
    heal: { ${PANIC} }
  - name: app
    ${TARGET}
    moed: observe
    guards: { floorShare: half }
    heal:
      confirm: { fall: many }
      ${PANIC}
  - name: again
    ${TARGET}
    heal: { ejection: { base: 10m, max: 5m } }
`;
      expect(places(text)).toEqual([
        'missing 1:1',
        'unknown-key 1:1',
        'wrong-value 2:9',
        'wrong-value 3:26',
        'wrong-value 5:11',
        'unknown-key 10:5',
        'wrong-value 11:27',
        'wrong-value 13:24',
        'panic-leave-not-above-enter 14:35',
        'duplicate-target 16:15',
        'ejection-max-below-base 17:41',
      ]);
    });

    it('says nothing of a section that does not parse', () => {
      const text = `${MINIMAL}    heal:
      ladder: { rungs: [restart], restart: { comand: x } }
`;
      expect(problemsOf(text).map(({ code }) => code)).toEqual(['missing', 'unknown-key']);
    });

    it.each(['pools: 3', 'pools: [3]', '- 1', 'pools: []', 'pools: [{}, null]'])(
      'has nothing to lint in %s',
      (text) => {
        const codes = new Set(problemsOf(text).map(({ code }) => code));
        expect([...codes].filter((code) => !['missing', 'wrong-value'].includes(code))).toEqual([]);
      },
    );
  });
});

describe('text that is no policy', () => {
  it('reports a syntax error where it is', () => {
    expect(problemsOf('version: 1\nregion: "cn-hang\npools: []\n')[0]).toMatchObject({
      code: 'yaml-syntax',
    });
  });

  it('reports duplicate keys together with everything else', () => {
    const codes = problemsOf(`${MINIMAL}version: 1\nregoin: x\n`).map((problem) => problem.code);
    expect(codes).toEqual(['duplicate-key', 'unknown-key']);
  });

  it.each([
    ['empty text', '', 'wrong-value'],
    ['a list', '- a\n- b\n', 'wrong-value'],
    ['a number', '42', 'wrong-value'],
    ['two documents', `${MINIMAL}---\n${MINIMAL}`, 'yaml-syntax'],
  ])('refuses %s', (_name, text, code) => {
    expect(problemsOf(text).map((problem) => problem.code)).toContain(code);
  });

  it('refuses more than two million bytes without parsing them', () => {
    expect(problemsOf('#'.repeat(2_000_001))).toEqual([
      expect.objectContaining({ code: 'too-large' }),
    ]);
  });

  it.each([
    ['brackets', '['.repeat(50_000)],
    ['lists', '- '.repeat(50_000)],
    ['indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('refuses %s nested beyond reason', (_name, text) => {
    expect(problemsOf(text)[0]?.code).toBe('too-deep');
  });

  it('refuses aliases that expand without end', () => {
    const levels = Array.from({ length: 12 }, (_, depth) => {
      const inner = depth === 0 ? 'x' : `*l${depth - 1}`;
      return `l${depth}: &l${depth} [${Array.from({ length: 10 }, () => inner).join(', ')}]`;
    });
    const startedAt = performance.now();
    expect(problemsOf(levels.join('\n'))[0]?.code).toBe('yaml-aliases');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
