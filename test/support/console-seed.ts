import { join } from 'node:path';
import { type ConsoleContext } from '../../functions/console/console-context';
import { pageFiles } from '../../functions/console/page-files';
import { type ConsoleServer, serveConsole } from '../../infra/console/console-server';
import { repositoryRoot } from '../../infra/local/repository';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { HMAC_SIGNATURES } from '../../shared/adapters/system/signed-word';
import { type PoolPolicy } from '../../shared/domain/policy';
import { changeFreeze } from '../../shared/operate/freeze';
import { type OperateContext } from '../../shared/operate/operate-context';
import { type OperatorReply } from '../../shared/operate/operator-reply';
import { type OperatorRequest } from '../../shared/operate/operator-request';
import { type ApprovalWord, takeApproval } from '../../shared/operate/take-approval';
import { NOW } from './builders';
import { createConsole } from './console';
import { beginScene, playScene, type Scene } from './console-scene';
import { playNameScene } from './name-scene';
import { type LiveName } from './name-world';
import { TestClock } from './test-clock';

/** An instance’s name as somebody would choose it who wants a script to run in the console. */
export const EVIL = '<img src=x onerror="window.evil=1"><script>window.evil=1</script>';
const APPROVAL_SECRET = 'an-approval-secret-of-the-tests';
const PAGE = join(repositoryRoot(__dirname), 'dist', 'functions', 'console', 'page');

export type Order = Readonly<Record<string, unknown>>;

/** A console on the loopback with something to look at. */
export interface Seeded {
  readonly server: ConsoleServer;
  /** What its operator was asked for, oldest first. */
  readonly orders: readonly Order[];
  /** Pool `late` of six, which goes on when it is told to; `i-3` dies in its first look after `NOW`. */
  readonly late: Scene;
  /** The move of name `shop` that waits for a person. */
  readonly moveId: string;
}

/**
 * Pool `web` of twelve with a history of 110 looks, `odd` of six with one whose name is a script, `late`, and name `shop`, whose site `a`
 * died and waits for a person’s word. With `large`, a pool of 2,000 as well.
 */
export async function seedConsole({ large }: { readonly large: boolean }): Promise<Seeded> {
  const clock = new TestClock(NOW);
  const shop = await playNameScene({ needsApproval: true });
  const { store } = shop;
  const archive = new MemoryTickArchive();
  const gray = { window: { failures: 8, latencyMedianUs: 90_000 } };
  const dead = { verdict: 'abnormal', window: { failures: 10, latencyMedianUs: null } } as const;
  const common = { store, archive, clock };
  const web = await playScene({
    ...{ ...common, name: 'web', count: 12, looks: 110 },
    idOf: (index) => `i-bp1web${index}7k2`,
    special: (index, ago) => {
      if (index === 2 && ago > 12 && ago < 40) return gray;
      return (index === 4 || index === 7) && ago < 20 ? dead : {};
    },
  });
  const odd = await playScene({
    ...{ ...common, name: 'odd', count: 6, looks: 8 },
    idOf: (index) => (index === 1 ? EVIL : `i-${index}`),
    special: (index) => (index === 1 ? dead : {}),
  });
  const late = await beginScene({
    ...{ ...common, name: 'late', count: 6, looks: 4 },
    special: (index, ago) => (index === 3 && ago < 0 ? dead : {}),
  });
  const size = { name: 'large', count: 2000, looks: 4 };
  const special = (index: number) => (index % 100 === 4 ? dead : {});
  const more = large ? [await playScene({ ...common, ...size, special })] : [];
  const pools = [web, ...more, odd, late.policy];
  const orders: Order[] = [];
  const { context } = createConsole({
    ...{ ...common, pools, names: [shop.policy], nameArchive: shop.archive },
    pageFile: pageFiles(PAGE),
    access: { isReadingOpen: true, mayWrite: true, sessionMs: 3_600_000, writesPerMinute: 50 },
    approvalSecrets: () => [APPROVAL_SECRET],
    operate: async (request) => {
      orders.push(request as Order);
      return { kind: 'operated', replies: [await operatorOf(request, { pools, shop, clock })] };
    },
  });
  const [pending] = (await shop.memory()).pending;
  const server = await serveConsole((): ConsoleContext => context);
  return { server, orders, late, moveId: pending?.moveId ?? '' };
}

interface Operated {
  readonly pools: readonly PoolPolicy[];
  readonly shop: LiveName;
  readonly clock: TestClock;
}

/** Freezes and words are what the real operator makes of them; what needs the cloud is only said to be done, or refused. */
async function operatorOf(request: object, operated: Operated): Promise<object> {
  const { verb } = request as OperatorRequest | { readonly verb: 'approve' };
  if (verb === 'freeze' || verb === 'unfreeze') return freeze(request, operated);
  if (verb === 'approve') return approve(request, operated);
  if (verb === 'drain') return { kind: 'drain-ordered' };
  return { kind: 'refused', code: 'busy', message: 'Nothing is planned here.' };
}

const freeze = (request: object, { pools, shop, clock }: Operated): Promise<OperatorReply> =>
  changeFreeze(
    request as Extract<OperatorRequest, { verb: 'freeze' | 'unfreeze' }>,
    {
      fleet: { regionId: shop.policy.homeRegionId, failover: null, pools, names: [shop.policy] },
      ports: { store: shop.store, clock },
    } as unknown as OperateContext,
  );

async function approve(request: object, { shop, clock }: Operated): Promise<object> {
  const { word, signature } = request as { word: ApprovalWord; signature: string };
  const refusal = await takeApproval(word, signature, {
    ...{ policy: shop.policy, secrets: [APPROVAL_SECRET], signatures: HMAC_SIGNATURES },
    ...{ memory: await shop.memory(), store: shop.store, now: clock.now() },
  });
  return refusal === null
    ? { kind: 'approval-stored' }
    : { kind: 'refused', code: refusal, message: refusal };
}
