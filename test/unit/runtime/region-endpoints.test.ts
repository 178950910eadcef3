import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant } from '../../../shared/domain/units';
import { openPorts } from '../../../shared/runtime/composition';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };
const before = { ...process.env };
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-regions-'));
const asked: string[] = [];
const servers: Server[] = [];

const gateway = async (name: string): Promise<string> => {
  const server = createServer((request, response) => {
    asked.push(name);
    request
      .resume()
      .on('end', () => response.writeHead(403).end('{"Code":"Forbidden.RAM","Message":"no"}'));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

beforeAll(async () => {
  const [own, other] = [await gateway('own'), await gateway('other')];
  const policyFile = join(folder, 'evenkeel.yaml');
  writeFileSync(
    policyFile,
    'version: 1\nregion: cn-a\npools:\n  - { name: web, targets: [{ loadBalancer: lb-1 }] }\n',
  );
  Object.assign(process.env, {
    EVENKEEL_POLICY: policyFile,
    EVENKEEL_OPENAPI_ENDPOINT: own,
    EVENKEEL_OPENAPI_PROTOCOL: 'http',
    EVENKEEL_REGIONS: JSON.stringify({ 'cn-b': { openapi: other } }),
  });
});
afterAll(() => {
  for (const name of Object.keys(process.env))
    if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

it('reaches each region where EVENKEEL_REGIONS says, the others at the one endpoint', async () => {
  const context = {
    ...{ requestId: 'r', region: 'cn-a', accountId: '1234', logger: SILENT },
    function: { name: 'f', timeout: 60, memory: 512 },
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' },
  };
  const deadline = instant(Date.now() + 10_000);
  const invocation = { requestId: 'r', deadline, log: SILENT, context };
  const reached = async (regionId: string): Promise<readonly string[]> => {
    asked.length = 0;
    await expect(
      openPorts({ mode: 'observe', regionId }, invocation).loadBalancer.describeGroups('lb-1', {
        deadline,
      }),
    ).rejects.toThrow();
    return [...new Set(asked)];
  };
  expect(await reached('cn-a')).toEqual(['own']);
  expect(await reached('cn-b')).toEqual(['other']);
  expect(await reached('cn-c')).toEqual(['own']);
});
