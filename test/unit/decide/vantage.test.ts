import { describe, expect, it } from '@jest/globals';
import { judgeVantage } from '../../../shared/decide/vantage';
import { aBackend, anAttachment, aPolicy, aPool, someBackends } from '../../support/builders';

describe('a backend that the load balancer avoids in one of its groups', () => {
  it('is not called well, so that its failing probes say nothing about our view', () => {
    const avoided = aBackend('i-9', {
      window: { failures: 10 },
      attachments: [anAttachment(), anAttachment({ port: 81, verdict: 'abnormal' })],
    });
    expect(judgeVantage(aPool({ backends: [...someBackends(3), avoided] }), aPolicy())).toEqual({
      isBroken: false,
      probed: 3,
      failing: 0,
    });
  });
});

describe('a backend that nobody has seen before', () => {
  it('counts like any other', () => {
    const backends = someBackends(4, { 0: { window: { failures: 10 } } });
    expect(judgeVantage(aPool({ backends, strangers: ['i-0'] }), aPolicy())).toEqual({
      isBroken: false,
      probed: 4,
      failing: 1,
    });
  });
});
