import { describe, expect, it } from '@jest/globals';
import { describeSignals, describeWindow, seconds } from '../../../shared/decide/describe';
import { missing } from '../../../shared/domain/reading';
import { permille } from '../../../shared/domain/units';
import {
  aBackend,
  anAttachment,
  aWindow,
  NOW,
  ok,
  secondsAgo,
  stale,
} from '../../support/builders';

describe('the numbers behind a verdict', () => {
  it('name every signal with its value and its age', () => {
    const requests = {
      startedAt: secondsAgo(61),
      endedAt: secondsAgo(1),
      requests: 50,
      failures: 2,
      latencyMedianUs: 1,
    };
    const backend = aBackend('i-0', { cpu: ok(permille(455)), requests: stale(requests) });
    expect(describeSignals(backend, NOW)).toBe(
      'CLB says normal on listener 80, 2 s ago; instance Running, 1 s ago; ' +
        'probes 0 of 10 probes failed, median 12 ms, 1 s ago; CPU 45 %, 1 s ago; ' +
        'requests 2 of 50 failed (stale), 600 s ago',
    );
  });

  it('name each different word of the load balancer once, and what is missing', () => {
    const health = (verdict: 'normal' | 'abnormal') => anAttachment({ verdict });
    const seen = (attachments: ReturnType<typeof anAttachment>[]) =>
      describeSignals(aBackend('i-0', { attachments }), NOW).split('; ')[0];
    expect(seen([health('normal'), health('normal'), health('abnormal')])).toBe(
      'CLB says normal on listener 80, 2 s ago and abnormal on listener 80, 2 s ago',
    );
    expect(seen([])).toBe('CLB says nothing');
    expect(seen([anAttachment({ health: missing('read-failed') })])).toBe(
      'CLB says missing (read-failed)',
    );
  });

  it('say when nothing answered, and round to whole seconds, none of them negative', () => {
    expect(describeWindow(aWindow({ failures: 10, latencyMedianUs: null }))).toBe(
      '10 of 10 probes failed, nothing answered',
    );
    expect([1499, 1500, 0, -5000].map(seconds)).toEqual(['1 s', '2 s', '0 s', '0 s']);
  });
});
