import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endpointsIn, readLocalCloud } from '../../../infra/cli/local-endpoints';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-local-cloud-'));
const file = join(folder, 'regions.json');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const region = (regionId: string) => ({
  ...{ regionId, openapi: `${regionId}:1`, fc: `${regionId}:2` },
  ...{ accessKeyId: 'id', accessKeySecret: 'secret', accountId: '1234' },
});
const written = (text: string) => {
  writeFileSync(file, text);
  return readLocalCloud(file);
};
const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

describe('--local', () => {
  it('reads a region on each line, and finds each by its id', () => {
    const cloud = written(line(region('cn-a')) + line(region('cn-b')));
    expect(endpointsIn(cloud, 'cn-b')).toMatchObject({ openapi: 'cn-b:1', fc: 'cn-b:2' });
    expect(endpointsIn(cloud, 'cn-a').openapi).toBe('cn-a:1');
    expect(() => endpointsIn(cloud, 'cn-c')).toThrow(/has no region cn-c; it has cn-a, cn-b/);
  });

  it('reads a list, and one document on several lines', () => {
    const regions = [region('cn-a'), region('cn-b')];
    expect(written(line(regions)).regions).toHaveLength(2);
    expect(written(JSON.stringify(region('cn-a'), null, 2)).regions).toEqual([region('cn-a')]);
  });

  it('takes the only region for every region, and functions as none where nothing is said', () => {
    const { fc, accountId, ...rest } = region('cn-local');
    expect([fc, accountId]).toHaveLength(2);
    expect(endpointsIn(written(line(rest)), 'cn-hangzhou')).toEqual({
      ...rest,
      ...{ fc: null, accountId: '' },
    });
  });

  it.each([
    ['nothing', '', 'is not what'],
    ['no JSON', 'hello', 'cannot be read'],
    ['something else', '{"a": 1}', 'is not what'],
    ['a line that is something else', line(region('cn-a')) + line({}), 'is not what'],
    ['a region twice', line(region('cn-a')) + line(region('cn-a')), 'names a region twice'],
  ])('refuses %s', (_what, text, message) => {
    expect(() => written(text)).toThrow(message);
  });
});
