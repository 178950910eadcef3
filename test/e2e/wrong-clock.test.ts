import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSide, type Side } from '../../infra/rehearsal/start-side';
import { ensureBuilt } from '../support/build';
import { type RedisServer, startRedis } from '../support/redis-server';
import { until } from '../support/until';

/** Less than the quarter of an hour by which the vendor's endpoints refuse a call's time. */
const AHEAD_MS = 600_000;
const LIMIT_MS = 30_000;
/** A busy machine may take so long until the tick is read. */
const READ_MS = 120_000;

let folder: string;
let redis: RedisServer;
let side: Side;

beforeAll(async () => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-wrong-clock-'));
  const preload = join(folder, 'ahead.cjs');
  const ahead = `const now = Date.now; Date.now = () => now.call(Date) + ${AHEAD_MS};\n`;
  writeFileSync(preload, ahead);
  redis = await startRedis();
  side = await startSide({
    timeoutMsMin: LIMIT_MS,
    name: 'wrong-clock',
    network: 97,
    wakes: 'timer',
    pool: { instanceTypes: ['ecs.c7.large', 'ecs.c7.large'] },
    policy: { mode: 'observe' },
    environment: {
      EVENKEEL_STORE: `redis://127.0.0.1:${redis.port}`,
      NODE_OPTIONS: `--require=${preload}`,
    },
  });
}, 120_000);
afterAll(async () => {
  await side.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

it('functions whose clock is ten minutes ahead work by the store’s', async () => {
  await until(async () => (await side.ticks()).length > 0, READ_MS, 'a tick is recorded');
  const [first] = await side.ticks();
  expect(Math.abs(Date.now() - first!.request.startedAt)).toBeLessThan(READ_MS);
}, 150_000);
