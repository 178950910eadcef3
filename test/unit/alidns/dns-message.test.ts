import { beforeEach, describe, expect, it } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { answerQuestion } from '../../../infra/local/alidns/answer-question';
import { type AlidnsBehaviour } from '../../../infra/local/alidns/behaviour';
import { replyTo } from '../../../infra/local/alidns/dns-message';
import { AlidnsModel } from '../../../infra/local/alidns/model';
import { type RecordInput } from '../../../infra/local/alidns/record';
import { ManualClock } from '../../../infra/local/clock';
import { propertyRuns } from '../../support/property-runs';

const DOMAIN = 'example.com';
let model: AlidnsModel;

const start = (behaviour: Partial<AlidnsBehaviour> = {}): void => {
  model = new AlidnsModel({ clock: new ManualClock(), behaviour });
  model.provision(() => model.addDomain({ domainName: DOMAIN, edition: 'ultimate' }));
};
beforeEach(() => start());

const given = (rr: string, value: string, more: Partial<RecordInput> = {}): string =>
  model.provision(() => model.addRecord(DOMAIN, { rr, type: 'A', value, ttlSeconds: 5, ...more }))
    .recordId;
const pause = (recordId: string): unknown =>
  model.provision(() => model.setEnabled(recordId, false));
const ask = (name: string, more: { type?: string; line?: string; random?: number } = {}) => {
  const { type = 'A', line = 'default', random = 0 } = more;
  const { code, answers } = answerQuestion(model, { name, type, line }, () => random);
  return { code, values: answers.map((one) => (one as { data: unknown }).data) };
};

describe('an answer', () => {
  it.each([
    ['broader-line', ['10.0.0.1']],
    ['no-answer', []],
  ] as const)('to a line whose records are paused: %s', (pausedLine, values) => {
    start({ pausedLine });
    given('www', '10.0.0.1');
    pause(given('www', '10.0.0.2', { line: 'telecom' }));
    expect(ask('www.example.com', { line: 'telecom' }).values).toEqual(values);
    expect(ask('www.example.com', { line: 'unicom' }).values).toEqual(['10.0.0.1']);
  });

  it('of a name whose records are all paused is that there is no such name', () => {
    pause(given('www', '10.0.0.1'));
    expect(ask('www.example.com')).toEqual({ code: 'NXDOMAIN', values: [] });
  });

  it('draws in proportion to the weights, and gives all where every weight is 0', () => {
    start({ weightZero: 'accept' });
    const ids = ['10.0.0.1', '10.0.0.2'].map((value) => given('www', value));
    const weigh = (...weights: readonly number[]): void =>
      model.provision(() => {
        model.setWeighting({ domainName: DOMAIN, rr: 'www', type: 'A' }, true);
        weights.forEach((weight, index) => model.setWeight(ids[index]!, weight));
      });
    weigh(1, 3);
    expect(
      [0, 0.24, 0.25, 0.99].map((random) => ask('www.example.com', { random }).values[0]),
    ).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.2']);
    weigh(0, 3);
    expect(ask('www.example.com').values).toEqual(['10.0.0.2']);
    weigh(0, 0);
    expect(ask('www.example.com').values).toHaveLength(2);
  });

  it('has one of several aliases, and ends where they go round', () => {
    given('www', 'a.elsewhere.example', { type: 'CNAME' });
    given('www', 'b.elsewhere.example', { type: 'CNAME' });
    expect(ask('www.example.com', { random: 0.6 })).toEqual({
      code: 'NOERROR',
      values: ['b.elsewhere.example'],
    });
    given('one', 'two.example.com', { type: 'CNAME' });
    given('two', 'one.example.com', { type: 'CNAME' });
    expect(ask('one.example.com').values.length).toBeLessThanOrEqual(9);
  });
});

describe('the reply to any message', () => {
  const reply = (bytes: Uint8Array, transport: 'udp' | 'tcp' = 'udp') =>
    replyTo(model, { bytes: Buffer.from(bytes), source: '127.0.0.1', transport }, () => 0);
  const question = encode({
    ...{ type: 'query', id: 7, questions: [{ type: 'A', name: 'www.example.com' }] },
    additionals: [
      {
        ...{ type: 'OPT', name: '.', udpPayloadSize: 1232, extendedRcode: 0, ednsVersion: 0 },
        ...{ flags: 0, flag_do: false },
        options: [{ code: 8, ip: '203.0.113.0', sourcePrefixLength: 24 }],
      },
    ],
  });

  it('is none or one that can be read, with the same id', () => {
    given('www', '10.0.0.1');
    const bent = fc
      .tuple(fc.nat(question.length - 1), fc.nat(255), fc.nat(question.length))
      .map(([at, byte, length]) => {
        const bytes = Buffer.from(question);
        bytes[at] = byte;
        return bytes.subarray(0, length === 0 ? bytes.length : length);
      });
    const message = fc.oneof(fc.uint8Array({ maxLength: 600 }), bent);
    fc.assert(
      fc.property(message, (bytes) => {
        const answer = reply(bytes);
        if (answer === undefined) return;
        expect(answer.length).toBeLessThanOrEqual(1232);
        expect(decode(answer).id).toBe(Buffer.from(bytes).readUInt16BE(0));
      }),
      propertyRuns(2000),
    );
  });

  it('echoes the client subnet it holds for', () => {
    given('www', '10.0.0.1');
    const [opt] = decode(reply(question)!).additionals ?? [];
    expect(opt).toMatchObject({
      options: [{ ip: '203.0.113.0', sourcePrefixLength: 24, scopePrefixLength: 24 }],
    });
  });
});
