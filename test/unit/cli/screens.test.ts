import { describe, expect, it } from '@jest/globals';
import { createColors } from 'picocolors';
import { agreementLines } from '../../../infra/cli/render/agreement-lines';
import { costLines } from '../../../infra/cli/render/cost-lines';
import { findingLines, summaryOf } from '../../../infra/cli/render/doctor-lines';
import { secretLines } from '../../../infra/cli/render/install-lines';
import { unwell, well } from '../../../infra/doctor/finding';
import { Secret } from '../../../shared/config/secret';
import { instant, permille } from '../../../shared/domain/units';
import { type AgreementReport } from '../../../shared/operate/agreement';

const PLAIN = createColors(false);
const at = (text: string) => instant(Date.parse(text));

describe('the screen of agreement', () => {
  const report: AgreementReport = {
    ...{ poolName: 'web', from: at('2026-03-01T00:00:00Z'), to: at('2026-03-08T00:00:00Z') },
    ...{ withinMs: 600_000, looks: 90, share: permille(667) },
    rows: [
      {
        ...{ kind: 'weight-down', proposals: 4, byLoadBalancer: 1, bySomebody: 1 },
        ...{ byNobody: 1, untold: 1, share: permille(667) },
      },
      {
        ...{ kind: 'launch', proposals: 1, byLoadBalancer: 0, bySomebody: 0 },
        ...{ byNobody: 0, untold: 1, share: null },
      },
    ],
    examples: [
      {
        ...{ tickId: 't-1', at: at('2026-03-02T10:42:00Z'), kind: 'weight-down' },
        ...{ instanceId: 'i-1', reason: 'probe-outlier', detail: 'weight 100 → 0' },
        ...{ agreement: 'somebody', afterMs: 41_800, seenIn: 't-4' },
      },
      {
        ...{ tickId: 't-2', at: at('2026-03-03T10:42:00Z'), kind: 'reboot', instanceId: 'i-2' },
        ...{ reason: 'unresponsive', detail: 'reboot', agreement: 'nobody' },
        ...{ afterMs: null, seenIn: null },
      },
    ],
  };

  it('has the share, a row for each kind, and examples with the tick that explains them', () => {
    const lines = agreementLines(report, PLAIN);
    expect(lines[0]).toMatch(/^web: since 2026-03-01.*, 90 looks; 66\.7% of .* within 10m$/);
    expect(
      lines
        .find((line) => line.includes('weight-down '))
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual([...['weight-down', '4', '1', '1', '1', '1', '66.7%']]);
    expect(
      lines
        .find((line) => line.startsWith('launch'))
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual([...['launch', '1', '0', '0', '0', '1', '–']]);
    expect(lines.slice(-2)).toEqual([
      expect.stringMatching(
        /i-1 weight-down: weight 100 → 0 \(probe-outlier\); somebody did it after 42 s; tick t-1$/,
      ),
      expect.stringMatching(/i-2 reboot \(unresponsive\); nobody did it; tick t-2$/),
    ]);
  });

  it('says that there is nothing to compare where nothing was proposed', () => {
    const text = agreementLines({ ...report, rows: [], share: null }, PLAIN).join('\n');
    expect(text).toMatch(/nothing to compare/);
    expect(text).not.toMatch(/Examples/);
  });
});

describe('the screen of doctor', () => {
  const findings = [
    well('quota', 'calls', 'Enough is left.'),
    unwell('clock', 'clock', { status: 'warning', sentence: 'It is late.', remedy: 'Wind it.' }),
    unwell('pools', 'web', { status: 'skipped', sentence: 'Nobody looked.', remedy: 'Look.' }),
    unwell('alarms', 'rules', { sentence: 'One is gone.', remedy: 'Run `evenkeel install`.' }),
  ];

  it('has a sign for each status, and the remedy under what is not well', () => {
    expect(findings.flatMap((one) => findingLines(one, PLAIN))).toEqual([
      '✓ quota       Enough is left.',
      '! clock       It is late.',
      '              → Wind it.',
      '– pools       Nobody looked.',
      '              → Look.',
      '✗ alarms      One is gone.',
      '              → Run `evenkeel install`.',
    ]);
  });

  it('ends with a sum that leaves out what there is none of', () => {
    expect(summaryOf(findings)).toBe('1 well, 1 skipped, 1 warning, 1 problem');
    expect(summaryOf(findings.slice(0, 1))).toBe('1 well, 0 problems');
    expect(summaryOf([...findings, ...findings])).toBe('2 well, 2 skipped, 2 warnings, 2 problems');
  });
});

describe('the screen of install', () => {
  it.each(['next', 'current', 'rule'] as const)('shows no secret that is known: %s', (from) => {
    const chosen = { secret: new Secret('word-of-the-alarms'), from, variable: 'ALARM' };
    expect(secretLines(chosen, PLAIN)).toEqual([]);
  });

  it('shows a new secret with the variable that wants it, and nothing where there is none', () => {
    const chosen = { secret: new Secret('word-of-the-alarms'), variable: 'ALARM' };
    const [head, line] = secretLines({ ...chosen, from: 'new' }, PLAIN);
    expect(head).toMatch(/shown this once/);
    expect(line).toBe('  export ALARM=word-of-the-alarms');
    expect(secretLines(null, PLAIN)).toEqual([]);
  });

  it('says of the bill what each line comes from, and what is taken for granted', () => {
    const line = { what: 'on-timer', quantity: '43,200 invocations', price: 1.5, formula: '1 + 2' };
    const costs = { currency: 'CNY', lines: [line], total: 1.5, metricCalls: 1 };
    const assumptions = ['30 days'];
    const lines = costLines({ ...costs, freeMetricCalls: 1_000_000, assumptions }, PLAIN);
    expect(lines[0]).toBe('A month of the whole deployment: about 1.5 CNY');
    expect(
      lines
        .find((one) => one.startsWith('on-timer'))
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual([...['on-timer', '43,200 invocations', '1.50', '1 + 2']]);
    expect(lines.at(-1)).toBe('30 days');
  });
});
