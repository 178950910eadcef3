import { type TicksView } from './api';
import { ConsoleError } from './console-error';
import { type ConsoleContext, type NameSource, type PoolSource } from './console-context';
import { givenOrders } from './given-orders';
import { explainNameTick, explainPoolTick } from './views/explanation-view';
import { figuresView } from './views/figures-view';
import { nameView } from './views/name-view';
import { overview } from './views/overview';
import { poolView } from './views/pool-view';
import { ticksView } from './views/tick-history';

const SEARCH_LENGTH_MAX = 64;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const TICKS_PRESET = 100;

type Query = Readonly<Record<string, string>>;

/** A count or an instant of the query; null when it is left out. Throws `ConsoleError` 400. */
function numberIn(query: Query, name: string): number | null {
  const text = query[name];
  if (text === undefined || text === '') return null;
  if (!/^\d{1,15}$/.test(text))
    throw new ConsoleError(400, 'malformed', `${name} must be a whole number.`);
  return Number(text);
}

const unknown = (what: string): ConsoleError =>
  new ConsoleError(404, 'unknown', `There is no such ${what}.`);

/** What the page asks for: `parts` is the path behind `/api/`, decoded. Throws `ConsoleError` and `StoreUnavailable`. */
export async function answerView(
  parts: readonly string[],
  query: Query,
  context: ConsoleContext,
): Promise<object> {
  const [kind, id, what, more] = parts;
  if (id === undefined) return answerWhole(kind, query, context);
  if (parts.length > 4) throw unknown('page');
  const question = { what, more, query };
  const pool = context.pools.find((one) => kind === 'pools' && one.id === id);
  if (pool !== undefined) return aboutPool(pool, question, context);
  const name = context.names.find((one) => kind === 'names' && one.id === id);
  if (name !== undefined) return aboutName(name, question, context);
  throw unknown('pool or name');
}

async function answerWhole(
  kind: string | undefined,
  query: Query,
  context: ConsoleContext,
): Promise<object> {
  if (kind === 'overview') return overview((query['q'] ?? '').slice(0, SEARCH_LENGTH_MAX), context);
  if (kind === 'orders') return { orders: await givenOrders(context.store) };
  throw unknown('page');
}

interface Question {
  readonly what: string | undefined;
  /** Id of a tick. */
  readonly more: string | undefined;
  readonly query: Query;
}

async function aboutPool(
  pool: PoolSource,
  question: Question,
  context: ConsoleContext,
): Promise<object> {
  const { what, more, query } = question;
  if (what === undefined) return poolView(pool, context);
  if (what === 'ticks' && more === undefined) return ticks(pool, query);
  if (what === 'figures' && more === undefined) return figures(pool, query, context);
  if (what !== 'ticks' && what !== 'tick-at') throw unknown('page');
  const found = await explainPoolTick(pool, wanted(question), query['backend'] ?? null);
  if (found === null) throw unknown('tick');
  return found;
}

async function aboutName(
  name: NameSource,
  question: Question,
  context: ConsoleContext,
): Promise<object> {
  const { what, more, query } = question;
  if (what === undefined) return nameView(name, context);
  if (what === 'ticks' && more === undefined) return ticks(name, query);
  if (what !== 'ticks' && what !== 'tick-at') throw unknown('page');
  const found = await explainNameTick(name, wanted(question));
  if (found === null) throw unknown('tick');
  return found;
}

const wanted = ({ what, more = '' }: Question): { tickId: string } | { at: number } =>
  what === 'ticks' ? { tickId: more } : { at: numberIn({ at: more }, 'at') ?? 0 };

const ticks = ({ policy, archive }: PoolSource | NameSource, query: Query): Promise<TicksView> =>
  ticksView(
    policy.name,
    { before: numberIn(query, 'before'), limit: numberIn(query, 'limit') ?? TICKS_PRESET },
    archive,
  );

/** Charts begin on whole minutes, so that what has not changed is not sent again. */
function figures(
  { policy, archive }: PoolSource,
  query: Query,
  { clock }: ConsoleContext,
): Promise<object> {
  const span = Math.min(numberIn(query, 'span') ?? HOUR_MS, DAY_MS);
  const to = Math.ceil(clock.now() / 60_000) * 60_000;
  return figuresView(policy.name, to - span - 60_000, to, archive);
}
