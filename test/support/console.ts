import { answerConsole } from '../../functions/console/answer-console';
import {
  type ConsoleContext,
  type NameSource,
  type PoolSource,
} from '../../functions/console/console-context';
import { type SessionView } from '../../functions/console/api';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type StateStore } from '../../shared/ports/state-store';
import { type TickArchive } from '../../shared/ports/tick-archive';
import { aPolicy } from './builders';
import { TestClock } from './test-clock';

export const CONSOLE_SECRET = 'a-console-secret-of-the-tests';
export const HOST = 'console.example.com';

export interface ConsoleParts extends Partial<Omit<ConsoleContext, 'pools' | 'names' | 'clock'>> {
  readonly pools?: readonly PoolPolicy[];
  readonly names?: readonly NamePolicy[];
  readonly store?: StateStore;
  readonly archive?: TickArchive;
  readonly nameArchive?: TickArchive<NameTick>;
  readonly clock?: TestClock;
  /** Pools and names that another region’s deployment looks after. */
  readonly elsewhere?: readonly string[];
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: Record<string, unknown> & { readonly code?: string };
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** What stands in the body instead of JSON. */
  readonly raw?: string;
  /** Of whoever asks. */
  readonly address?: string;
}

/** A console in memory, asked as the trigger would; one pool, everything allowed, unless the parts say otherwise. */
export function createConsole(parts: ConsoleParts = {}) {
  const clock = parts.clock ?? new TestClock();
  const { pools = [aPolicy()], names = [], elsewhere = [], ...others } = parts;
  const store = parts.store ?? new MemoryStateStore(clock);
  const archive = parts.archive ?? new MemoryTickArchive();
  const nameArchive = parts.nameArchive ?? new MemoryTickArchive<NameTick>();
  let ids = 0;
  const context: ConsoleContext = {
    ...{ regionId: 'cn-hangzhou', policyHash: 'policy-hash', policyVersion: null, store, clock },
    access: { isReadingOpen: false, mayWrite: true, sessionMs: 3_600_000, writesPerMinute: 20 },
    emptyUntil: new Map(),
    secrets: [CONSOLE_SECRET],
    metricsSecrets: null,
    approvalSecrets: () => [],
    signatures: HMAC_SIGNATURES,
    newId: () => `id-${String((ids += 1)).padStart(8, '0')}`,
    operate: async () => Promise.resolve({ kind: 'operated', replies: [{ kind: 'drain-lifted' }] }),
    metrics: null,
    pageFile: () => null,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    ...others,
    pools: pools.map((policy): PoolSource => ({
      ...{ id: policy.name, policy, isElsewhere: elsewhere.includes(policy.name), store, archive },
    })),
    names: names.map((policy): NameSource => ({
      ...{
        id: policy.name,
        policy,
        isElsewhere: elsewhere.includes(policy.name),
        store,
        archive: nameArchive,
      },
    })),
  };
  const ask = async (method: string, path: string, asked: Asked = {}): Promise<Reply> => {
    const text = asked.raw ?? (asked.body === undefined ? '' : JSON.stringify(asked.body));
    const reply = await answerConsole(
      {
        ...{ method, path, query: asked.query ?? {} },
        sourceAddress: asked.address ?? '203.0.113.7',
        headers: { host: HOST, ...asked.headers },
        body: Buffer.from(text),
      },
      context,
    );
    const body = Buffer.from(reply.body, reply.isBase64Encoded ? 'base64' : 'utf8').toString();
    const isJson = reply.headers['Content-Type']?.includes('json') === true;
    return {
      ...{ status: reply.statusCode, headers: reply.headers, text: body },
      json: (isJson && reply.headers['Content-Encoding'] === undefined
        ? JSON.parse(body)
        : {}) as Reply['json'],
    };
  };
  /** As the page itself sends it. */
  const OWN = { origin: `https://${HOST}`, 'content-type': 'application/json' };
  const signIn = async (by = 'ann', secret = CONSOLE_SECRET, address = '203.0.113.7') => {
    const reply = await ask('POST', '/api/session', {
      headers: OWN,
      body: { by, secret },
      address,
    });
    const cookie = (reply.headers['Set-Cookie'] ?? '').split(';')[0] ?? '';
    return { reply, cookie, session: reply.json as unknown as SessionView };
  };
  /** Somebody’s own page. */
  const signedIn = (by = 'ann', address?: string) => {
    const signed = signIn(by, CONSOLE_SECRET, address);
    const send = async (method: string, path: string, asked: Asked = {}) => {
      const { cookie, session } = await signed;
      const token = { 'x-evenkeel-request': session.requestToken ?? '' };
      return ask(method, path, {
        ...asked,
        headers: { ...OWN, cookie, ...token, ...asked.headers },
      });
    };
    return { send, order: async (body: object) => send('POST', '/api/orders', { body }) };
  };
  return { context, clock, store, archive, nameArchive, ask, signIn, signedIn, OWN };
}
