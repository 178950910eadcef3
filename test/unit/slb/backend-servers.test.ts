import { describe, expect, it } from '@jest/globals';
import { parseBackendServers } from '../../../infra/local/slb/backend';
import { refusalOf } from '../../support/slb-world';

const parse = (text: string, hasPorts = false) => parseBackendServers(text, { hasPorts });

describe('the BackendServers parameter', () => {
  it('is read as plain JSON', () => {
    expect(parse('[{"ServerId":"i-1","Weight":30,"Type":"ecs","Description":"a"}]')).toEqual([
      { serverId: 'i-1', weight: 30, type: 'ecs', description: 'a' },
    ]);
  });

  it('is read with single quotes and numbers as text', () => {
    expect(parse("[{'ServerId':'i-1','Weight':'0','Port':'80'}]", true)).toEqual([
      { serverId: 'i-1', weight: 0, port: 80 },
    ]);
  });

  it('is read with keys in any case, unknown keys and nulls', () => {
    expect(
      parse('[{"serverId":"i-1","weight":5,"port":80,"isUserManaged":true,"serverIp":null}]', true),
    ).toEqual([{ serverId: 'i-1', weight: 5, port: 80 }]);
  });

  it('is read as a bare list of ids', () => {
    expect(parse('["i-1","i-2"]')).toEqual([{ serverId: 'i-1' }, { serverId: 'i-2' }]);
  });

  it('takes the first of two elements for the same backend, but keeps different ports apart', () => {
    expect(parse('[{"ServerId":"i-1","Weight":1},{"ServerId":"i-1","Weight":2}]')).toEqual([
      { serverId: 'i-1', weight: 1 },
    ]);
    expect(parse('[{"ServerId":"i-1","Port":1},{"ServerId":"i-1","Port":2}]', true)).toHaveLength(
      2,
    );
  });

  it.each([
    ['not JSON', 'BackendServersMalformed'],
    ['{"ServerId":"i-1"}', 'BackendServersMalformed'],
    ['[1]', 'BackendServersMalformed'],
    ['[{"Weight":1}]', 'BackendServer.ServerIdEmpty'],
    ['[{"ServerId":"","Weight":1}]', 'BackendServer.ServerIdEmpty'],
    ['[{"ServerId":"i-1","Weight":101}]', 'InvalidWeight.Malformed'],
    ['[{"ServerId":"i-1","Weight":-1}]', 'InvalidWeight.Malformed'],
    ['[{"ServerId":"i-1","Weight":"1.5"}]', 'InvalidWeight.Malformed'],
    ['[{"ServerId":"i-1","Type":"vm"}]', 'InvalidParameter'],
  ])('%s is refused with %s', async (text, code) => {
    expect(await refusalOf(() => parse(text))).toEqual({ code, status: 400 });
  });

  it('needs ports where the group has them', async () => {
    expect(await refusalOf(() => parse('[{"ServerId":"i-1"}]', true))).toEqual({
      code: 'InvalidParameter',
      status: 400,
    });
    expect(await refusalOf(() => parse('[{"ServerId":"i-1","Port":0}]', true))).toEqual({
      code: 'InvalidParameter',
      status: 400,
    });
  });

  it('takes 20 backends in a call and refuses 21', async () => {
    const list = (count: number) =>
      JSON.stringify(Array.from({ length: count }, (_, index) => `i-${index}`));
    expect(parse(list(20))).toHaveLength(20);
    expect(await refusalOf(() => parse(list(21)))).toEqual({
      code: 'TooManyBackendServers',
      status: 400,
    });
  });
});
