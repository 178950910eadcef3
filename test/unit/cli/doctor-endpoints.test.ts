import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelsOf, endpointsOf } from '../../../infra/cli/doctor-endpoints';
import { openFleet } from '../../../infra/cli/open-fleet';
import { ROOT } from '../../support/source-files';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-endpoints-'));
const file = join(folder, 'evenkeel.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

/** A name at home in cn-beijing, with sites and vantages in other regions, in the deployment of one region. */
function fleetOf(regionId: string, accountId: string | null = '1234', local?: string) {
  const example = readFileSync(join(ROOT, 'docs/examples/failover.yaml'), 'utf8');
  const channels = [
    '{ name: ops, kind: slack, url: env:EVENKEEL_NOTIFY_URL }',
    '{ name: night, kind: slack, url: env:OTHER_URL }',
  ];
  const told = `\nnotifications: { channels: [${channels.join(', ')}] }\n`;
  writeFileSync(file, example.replace(/^region: .*$/m, `region: ${regionId}`) + told);
  const variables = accountId === null ? {} : { ALIBABA_CLOUD_ACCOUNT_ID: accountId };
  return openFleet({ policy: file, ...(local !== undefined && { local }) }, variables);
}

const urls = (fleet: ReturnType<typeof fleetOf>): readonly string[] =>
  endpointsOf(fleet).map(({ url }) => url);

const functionsIn = (fleet: ReturnType<typeof fleetOf>): readonly string[] =>
  urls(fleet).filter((url) => url.includes('.fc.'));

describe('the addresses that doctor tries', () => {
  it('are those of the products, the DNS API and the functions of every vantage and site', () => {
    const fleet = fleetOf('cn-beijing');
    expect(urls(fleet)).toEqual(
      expect.arrayContaining([
        'https://slb.cn-beijing.aliyuncs.com',
        'https://alidns.aliyuncs.com',
      ]),
    );
    expect(functionsIn(fleet)).toEqual(
      ['cn-beijing', 'cn-zhangjiakou', 'cn-hangzhou', 'cn-shenzhen'].map(
        (region) => `https://1234.${region}.fc.aliyuncs.com`,
      ),
    );
  });

  it('are the home region’s functions alone where names are looked after elsewhere', () => {
    expect(functionsIn(fleetOf('cn-hangzhou'))).toEqual([
      'https://1234.cn-hangzhou.fc.aliyuncs.com',
    ]);
  });

  it('are no functions where nobody said in which account they are', () => {
    expect(functionsIn(fleetOf('cn-beijing', null))).toEqual([]);
  });

  it('in local regions are those that have functions', () => {
    const local = join(folder, 'regions.json');
    const region = (regionId: string, fc: string | null) =>
      JSON.stringify({
        ...{ regionId, fc, openapi: `127.0.0.1:1`, accountId: '1' },
        ...{ accessKeyId: 'id', accessKeySecret: 'secret' },
      });
    writeFileSync(
      local,
      [region('cn-beijing', '127.0.0.1:2'), region('cn-hangzhou', null)].join('\n'),
    );
    expect(endpointsOf(fleetOf('cn-beijing', '1234', local)).at(-1)).toEqual({
      name: 'Function Compute in cn-beijing',
      url: 'http://127.0.0.1:2',
    });
  });

  it('know of channels what the variables here tell, and show no token', () => {
    const token = 'https://hooks.example/token-of-the-robot';
    const channels = channelsOf(fleetOf('cn-beijing').policy, { EVENKEEL_NOTIFY_URL: token });
    expect(channels).toMatchObject([
      { name: 'ops', variable: 'EVENKEEL_NOTIFY_URL' },
      { name: 'night', variable: 'OTHER_URL', address: null },
    ]);
    expect(channels[0]?.address?.reveal()).toBe(token);
    expect(JSON.stringify(channels)).not.toContain('token-of-the-robot');
  });
});
