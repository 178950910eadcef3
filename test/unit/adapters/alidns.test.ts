import { describe, expect, it } from '@jest/globals';
import { Alidns } from '../../../shared/adapters/alicloud/alidns';
import { endpointOf } from '../../../shared/adapters/alicloud/endpoints';
import { classifyVendorError, reactionTo } from '../../../shared/adapters/alicloud/error-table';
import { type NameAddress } from '../../../shared/ports/dns';
import { refuse, ScriptedRpc } from '../../support/scripted-rpc';
import { TestClock } from '../../support/test-clock';

const WWW: NameAddress = { domain: 'example.com', host: 'www', type: 'A' };
const RECORD = { recordId: '7' };

interface Row {
  RecordId: string;
  RR: string;
  Status: string;
  Weight: number;
  Remark: string;
}

/** One record that answers as the service does; `before` runs ahead of each call and may refuse it. */
function zone(before: (action: string, call: number) => void = () => undefined) {
  const clock = new TestClock();
  const row: Row = { RecordId: '7', RR: 'www', Status: 'ENABLE', Weight: 5, Remark: '' };
  const rest = { Type: 'A', Line: 'default', Value: '192.0.2.1', TTL: 60, Locked: false };
  const weighting = { open: false };
  const reads = {
    DescribeDomainRecordInfo: () => ({
      ...rest,
      RecordId: '7',
      ...told(row),
      DomainName: 'example.com',
    }),
    DescribeDomainRecords: () => ({
      TotalCount: 1,
      DomainRecords: { Record: [{ ...rest, ...row, UpdateTimestamp: 1_700_000_000_000 }] },
    }),
    DescribeDNSSLBSubDomains: () => ({
      TotalCount: 1,
      SlbSubDomains: {
        SlbSubDomain: [
          {
            SubDomain: 'www.example.com',
            Type: 'A',
            Open: weighting.open,
            LineAlgorithms: { LineAlgorithm: [{ Line: 'telecom', Open: weighting.open }] },
          },
        ],
      },
    }),
  };
  const writes: Record<string, (query: Readonly<Record<string, unknown>>) => object> = {
    SetDomainRecordStatus: ({ Status }) => ((row.Status = String(Status).toUpperCase()), {}),
    UpdateDNSSLBWeight: ({ Weight }) => ((row.Weight = Number(Weight)), {}),
    UpdateDomainRecordRemark: ({ Remark }) => ((row.Remark = String(Remark)), {}),
    SetDNSSLBStatus: ({ Open }) => ((weighting.open = Open === true), {}),
  };
  const answers = Object.fromEntries(
    Object.entries<(query: Readonly<Record<string, unknown>>) => object>({
      ...reads,
      ...writes,
    }).map(([action, answer]) => [
      action,
      (query: Readonly<Record<string, unknown>>) => {
        before(action, rpc.count(action));
        return answer(query) as Readonly<Record<string, unknown>>;
      },
    ]),
  );
  const rpc: ScriptedRpc = new ScriptedRpc(answers);
  const dns = new Alidns({ rpc, clock, random: { next: () => 0.5 } });
  return { rpc, clock, dns, row, weighting, writes };
}
const told = ({ RR, Status, Remark }: Row) => ({ RR, Status, Remark });

/** The reply of the first call of an action is lost, before or after it took effect. */
function losing(action: string, isDone: boolean) {
  const lost = () => {
    throw classifyVendorError({ action, code: 'Timeout', message: 'no answer in time' });
  };
  const world = zone((called, call) => {
    if (called !== action || call > 1) return;
    if (isDone) world.writes[action]!(world.rpc.queries(action)[0]!);
    lost();
  });
  return world;
}

describe('reading the records of a name', () => {
  const entry = (id: number, more: object = {}) => ({
    RecordId: `${id}`,
    RR: 'www',
    Type: 'A',
    Line: 'default',
    Value: `192.0.2.${id}`,
    TTL: 60,
    Status: 'ENABLE',
    ...more,
  });
  const over = (answer: (page: number) => object) => {
    const rpc = new ScriptedRpc({
      DescribeDomainRecords: ({ PageNumber }) => answer(Number(PageNumber)) as never,
    });
    const clock = new TestClock();
    const dns = new Alidns({ rpc, clock, random: { next: () => 0 } });
    return { rpc, read: () => dns.describeRecords(WWW, clock.in(10_000)) };
  };
  const page = (total: number, ...records: object[]) => ({
    TotalCount: total,
    DomainRecords: { Record: records },
  });

  it('asks for the exact host, in pages, and takes every one of them', async () => {
    const { rpc, read } = over((number) =>
      number === 1 ? page(3, entry(1), entry(2)) : page(3, entry(3)),
    );
    expect((await read()).map(({ recordId }) => recordId)).toEqual(['1', '2', '3']);
    const asked = { DomainName: 'example.com', SearchMode: 'COMBINATION', RRKeyWord: 'www' };
    expect(rpc.queries('DescribeDomainRecords')).toEqual([
      { ...asked, PageNumber: 1, PageSize: 500 },
      { ...asked, PageNumber: 2, PageSize: 500 },
    ]);
  });

  it('reads status and lock in any case, and what is not told as not known', async () => {
    const { read } = over(() =>
      page(
        3,
        entry(1, { Status: 'Disable', Locked: 'true' }),
        entry(2, { Status: 'enable', Weight: '30', Remark: 'ours', UpdateTimestamp: 1_000 }),
        entry(3, { RR: 'www2' }),
      ),
    );
    expect(await read()).toMatchObject([
      { isEnabled: false, isLocked: true, weight: null, remark: '', updatedAt: null },
      { isEnabled: true, isLocked: false, weight: 30, remark: 'ours', updatedAt: 1_000 },
    ]);
  });

  it('of which there are none is an empty list', async () => {
    expect(await over(() => page(0)).read()).toEqual([]);
  });

  it.each<[string, (number: number) => object]>([
    ['another total on the next page', (n) => (n === 1 ? page(3, entry(1)) : page(2, entry(2)))],
    ['the same page again', () => page(2, entry(1))],
    ['a page that ends early', (n) => (n === 1 ? page(2, entry(1)) : page(2))],
    ['more than the total', () => page(1, entry(1), entry(2))],
    ['no total', () => ({ DomainRecords: { Record: [entry(1)] } })],
    ['no list', () => ({ TotalCount: 0 })],
    ['a status that is none', () => page(1, entry(1, { Status: 'paused' }))],
    ['a record without address', () => page(1, entry(1, { Value: '' }))],
  ])('refuses %s as unreadable', async (_what, answer) => {
    await expect(over(answer).read()).rejects.toMatchObject({
      details: { code: 'UnreadableReply', isAmbiguous: false },
    });
  });
});

describe('pausing and enabling a record', () => {
  it('sends the documented word and reads back', async () => {
    const { rpc, clock, dns } = zone();
    const found = await dns.setEnabled(RECORD, false, clock.in(10_000));
    expect(found).toMatchObject({ recordId: '7', isEnabled: false });
    expect(rpc.queries('SetDomainRecordStatus')).toEqual([{ RecordId: '7', Status: 'Disable' }]);
    expect((await dns.setEnabled(RECORD, true, clock.in(10_000)))?.isEnabled).toBe(true);
    expect(rpc.queries('SetDomainRecordStatus')[1]).toEqual({ RecordId: '7', Status: 'Enable' });
  });

  it('waits for the change before it, longer each time and never long', async () => {
    const { clock, dns } = zone((action, call) => {
      if (action === 'SetDomainRecordStatus' && call <= 5)
        refuse(action, 400, 'LastOperationNotFinished');
    });
    expect((await dns.setEnabled(RECORD, false, clock.in(60_000)))?.isEnabled).toBe(false);
    expect(clock.sleeps).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it('gives up on the change before it when the deadline would pass', async () => {
    const { clock, dns, row } = zone((action) => {
      if (action === 'SetDomainRecordStatus') refuse(action, 400, 'LastOperationNotFinished');
    });
    await expect(dns.setEnabled(RECORD, false, clock.in(3_500))).rejects.toMatchObject({
      details: { code: 'LastOperationNotFinished', isAmbiguous: false },
    });
    expect(clock.sleeps).toEqual([1000, 2000]);
    expect(row.Status).toBe('ENABLE');
  });

  it('takes a duplicate for done', async () => {
    const { clock, dns } = zone((action) => {
      if (action === 'SetDomainRecordStatus') refuse(action, 400, 'DomainRecordDuplicate');
    });
    expect((await dns.setEnabled(RECORD, true, clock.in(10_000)))?.isEnabled).toBe(true);
  });

  it('says what was found when the service did not do what it accepted', async () => {
    const { clock, dns, rpc } = zone((action) => {
      if (action === 'SetDomainRecordStatus') refuse(action, 400, 'DomainRecordDuplicate');
    });
    expect((await dns.setEnabled(RECORD, false, clock.in(10_000)))?.isEnabled).toBe(true);
    expect(rpc.count('DescribeDomainRecordInfo')).toBe(4);
  });

  it('tells a record that is gone, at the write or after it', async () => {
    for (const action of ['SetDomainRecordStatus', 'DescribeDomainRecordInfo']) {
      const { clock, dns } = zone((called) => {
        if (called === action) refuse(action, 400, 'DomainRecordNotBelongToUser');
      });
      expect(await dns.setEnabled(RECORD, false, clock.in(10_000))).toBeNull();
    }
  });

  it('stops at a locked record, which says nothing about other records', async () => {
    for (const code of ['DomainRecordLocked', 'Forbidden.RecordLocked']) {
      const { clock, dns, rpc } = zone((action) => {
        if (action === 'SetDomainRecordStatus') refuse(action, 400, code);
      });
      const failure = await dns
        .setEnabled(RECORD, false, clock.in(10_000))
        .catch((e: unknown) => e);
      expect(failure).toMatchObject({ details: { code, reaction: 'stop' } });
      expect(failure).not.toMatchObject({ details: { isDenied: true } });
      expect(rpc.count('SetDomainRecordStatus')).toBe(1);
    }
  });

  it('after a lost reply looks first, and does not send again what is there', async () => {
    const { clock, dns, rpc } = losing('SetDomainRecordStatus', true);
    expect((await dns.setEnabled(RECORD, false, clock.in(10_000)))?.isEnabled).toBe(false);
    expect(rpc.count('SetDomainRecordStatus')).toBe(1);
  });

  it('after a lost request looks first, and sends again', async () => {
    const { clock, dns, rpc } = losing('SetDomainRecordStatus', false);
    expect((await dns.setEnabled(RECORD, false, clock.in(10_000)))?.isEnabled).toBe(false);
    expect(rpc.calls.map(({ action }) => action)).toEqual([
      'SetDomainRecordStatus',
      'DescribeDomainRecordInfo',
      'SetDomainRecordStatus',
      'DescribeDomainRecordInfo',
    ]);
  });

  it('stays ambiguous when nobody can look, and when the second try is refused', async () => {
    const blind = zone((action) => {
      throw classifyVendorError({ action, code: 'Timeout', message: 'no answer' });
    });
    await expect(blind.dns.setEnabled(RECORD, false, blind.clock.in(10_000))).rejects.toMatchObject(
      { details: { action: 'SetDomainRecordStatus', isAmbiguous: true } },
    );
    const refused = zone((action, call) => {
      if (action !== 'SetDomainRecordStatus') return;
      if (call > 1) refuse(action, 400, 'Throttling.User');
      throw classifyVendorError({ action, code: 'Timeout', message: 'no answer' });
    });
    await expect(
      refused.dns.setEnabled(RECORD, false, refused.clock.in(10_000)),
    ).rejects.toMatchObject({ details: { code: 'Throttling.User', isAmbiguous: true } });
  });

  it('calls a write that cannot be read back ambiguous', async () => {
    const { clock, dns } = zone((action) => {
      if (action === 'DescribeDomainRecordInfo') refuse(action, 500, 'InternalError');
    });
    await expect(dns.setEnabled(RECORD, false, clock.in(10_000))).rejects.toMatchObject({
      details: { isAmbiguous: true },
    });
  });
});

describe('weights and remarks', () => {
  it.each([[true], [false]])(
    'a weight whose reply was lost is looked for (done: %s)',
    async (isDone) => {
      const { clock, dns, rpc, row } = losing('UpdateDNSSLBWeight', isDone);
      await dns.setWeight(RECORD, 1, clock.in(10_000));
      expect(row.Weight).toBe(1);
      expect(rpc.count('UpdateDNSSLBWeight')).toBe(isDone ? 1 : 2);
    },
  );

  it.each([[0], [101], [1.5], [Number.NaN]])('a weight of %d is never sent', async (weight) => {
    const { clock, dns, rpc } = zone();
    await expect(dns.setWeight(RECORD, weight, clock.in(10_000))).rejects.toMatchObject({
      details: { reaction: 'stop', isAmbiguous: false },
    });
    expect(rpc.calls).toEqual([]);
  });

  it.each([[true], [false]])(
    'a remark whose reply was lost is looked for (done: %s)',
    async (isDone) => {
      const { clock, dns, rpc, row } = losing('UpdateDomainRecordRemark', isDone);
      await dns.setRemark(RECORD, 'evenkeel:paused:www', clock.in(10_000));
      expect(row.Remark).toBe('evenkeel:paused:www');
      expect(rpc.count('UpdateDomainRecordRemark')).toBe(isDone ? 1 : 2);
    },
  );

  it('weighting is set for one line, and looked for after a lost reply', async () => {
    for (const isDone of [true, false]) {
      const { clock, dns, rpc } = losing('SetDNSSLBStatus', isDone);
      await dns.setWeighting(WWW, 'telecom', true, clock.in(10_000));
      expect(rpc.count('SetDNSSLBStatus')).toBe(isDone ? 1 : 2);
      expect(rpc.queries('SetDNSSLBStatus')[0]).toEqual({
        DomainName: 'example.com',
        SubDomain: 'www.example.com',
        Type: 'A',
        Line: 'telecom',
        Open: true,
      });
      expect(await dns.describeWeighting(WWW, clock.in(10_000))).toEqual([
        { line: 'telecom', isOn: true },
      ]);
    }
  });

  it('weighting of the domain itself is found with and without its @, of the right type only', async () => {
    const clock = new TestClock();
    const sub = (SubDomain: string, Type: string, more: object) => ({ SubDomain, Type, ...more });
    const rpc = new ScriptedRpc({
      DescribeDNSSLBSubDomains: () => ({
        TotalCount: 3,
        SlbSubDomains: {
          SlbSubDomain: [
            sub('example.com', 'A', { Open: true }),
            sub('@.example.com', 'AAAA', { Open: true }),
            sub('www.example.com', 'A', { Open: true }),
          ],
        },
      }),
    });
    const dns = new Alidns({ rpc, clock, random: { next: () => 0 } });
    const apex = { ...WWW, host: '@' };
    const found = await dns.describeWeighting(apex, clock.in(1_000));
    expect(found).toEqual([{ line: 'default', isOn: true }]);
  });
});

describe('what the service says', () => {
  it('asks for the details among which the shortest TTL is', async () => {
    const clock = new TestClock();
    const rpc = new ScriptedRpc({
      DescribeDomainInfo: ({ NeedDetailAttributes }) =>
        NeedDetailAttributes === true ? { MinTtl: 60 } : {},
    });
    const dns = new Alidns({ rpc, clock, random: { next: () => 0 } });
    expect(await dns.describeMinimumTtl('example.com', clock.in(1_000))).toBe(60);
  });

  it.each([
    ['LastOperationNotFinished', 'wait-for-lock'],
    ['RecordForbidden.DNSChange', 'wait-for-lock'],
    ['DomainRecordDuplicate', 'already-so'],
    ['DomainRecordConflict', 'stop'],
    ['DomainRecordLocked', 'stop'],
    ['Forbidden.RecordLocked', 'stop'],
    ['DomainRecordNotBelongToUser', 'stop'],
    ['IncorrectDomainUser', 'stop'],
    ['InvalidDomainName.NoExist', 'stop'],
    ['InvalidStatus', 'stop'],
    ['QuotaExceeded.Record', 'stop'],
    ['QuotaExceeded.ARecord', 'stop'],
    ['DomainRecordDisable', 'stop'],
    ['DisableDNSSLB', 'stop'],
    ['PanDomainRecord', 'stop'],
    ['InvalidWeigth', 'stop'],
    ['DomainForbidden', 'stop'],
    ['RecordForbidden.BlackHole', 'stop'],
    ['Throttling', 'retry'],
    ['Throttling.User', 'retry'],
    ['MissingParameter', 'stop'],
    ['UnsupportedOperation', 'stop'],
    ['NoSuchVersion', 'stop'],
    ['InvalidAccessKeyId.NotFound', 'stop'],
    ['SignatureDoesNotMatch', 'stop'],
    ['Forbidden', 'stop'],
    ['Forbidden.RiskControl', 'stop'],
    ['InternalError', 'retry'],
    ['ServiceUnavailable', 'retry'],
    ['InvalidTimeStamp.Expired', 'stop'],
    ['SignatureNonceUsed', 'stop'],
  ])('%s means %s, whatever its status', (code, reaction) => {
    for (const status of [400, 403, 503])
      expect(reactionTo('SetDomainRecordStatus', code, status)).toBe(reaction);
  });

  it('stands at one place for all regions, unless one gateway serves everything', () => {
    for (const network of ['public', 'vpc'] as const)
      expect(endpointOf('Alidns', { regionId: 'cn-beijing', network })).toBe('alidns.aliyuncs.com');
    const endpoint = 'http://127.0.0.1:4000/';
    expect(endpointOf('Alidns', { regionId: 'cn-beijing', endpoint })).toBe('127.0.0.1:4000');
  });
});
