import { type VNode } from 'preact';
import { type OperationView, type OrdersView, type PoolView } from '../api';
import { Age, Time } from './ages';
import { useLive, usePage } from './hooks';

/** Operations that are listed; the others are counted. */
const SHOWN = 8;

/** What is under way or ordered. */
export function Operations({
  operations,
}: {
  readonly operations: readonly OperationView[];
}): VNode {
  const { words } = usePage();
  return (
    <section aria-labelledby="operations-title">
      <header class="bar">
        <h2 id="operations-title">{words.operations.title}</h2>
      </header>
      {operations.length === 0 && <p class="empty">{words.operations.none}</p>}
      <ul class="list">
        {operations.slice(0, SHOWN).map((each) => (
          <li key={`${each.kind} ${each.subject} ${each.detail}`}>
            <b>{words.operations.kind[each.kind]}</b> <span class="code">{each.subject}</span>{' '}
            {each.detail}
            <small>
              {each.by !== null && words.operations.by(each.by)}{' '}
              {each.until !== null && words.operations.until('')}
              {each.until !== null && <Time at={each.until} />}
            </small>
          </li>
        ))}
      </ul>
      {operations.length > SHOWN && (
        <p class="note">{words.operations.more(operations.length - SHOWN)}</p>
      )}
    </section>
  );
}

/** Who gave which order here. */
export function Orders(): VNode {
  const { words, generation } = usePage();
  const { data } = useLive<OrdersView>('/api/orders', 15_000, String(generation));
  const orders = (data?.orders ?? []).slice(0, 12);
  const { verb, result, refused } = words.orders;
  return (
    <section aria-labelledby="orders-title">
      <header class="bar">
        <h2 id="orders-title">{words.orders.title}</h2>
      </header>
      {data !== null && orders.length === 0 && <p class="empty">{words.orders.none}</p>}
      <ul class="list">
        {orders.map((each) => (
          <li key={each.id}>
            <Time at={each.at} /> <b>{verb[each.verb] ?? each.verb}</b>{' '}
            <span class="code">{each.subject}</span>
            <small>
              {words.operations.by(each.by)} ·{' '}
              {result[each.result] ?? refused(each.result.replace(/^refused: /, ''))}
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Alerts that the pool’s memory has. */
export function Alerts({ alerts }: Pick<PoolView, 'alerts'>): VNode {
  const { words } = usePage();
  return (
    <section aria-labelledby="alerts-title">
      <header class="bar">
        <h2 id="alerts-title">{words.alerts.title}</h2>
      </header>
      {alerts.length === 0 && <p class="empty">{words.alerts.none}</p>}
      <ul class="list">
        {alerts.map(({ key, at }) => (
          <li key={key}>
            <span class="code">{key}</span>{' '}
            <small>
              <Age at={at} />
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was said about capacity, of a scaled pool. */
export function Capacity({
  capacity,
}: {
  readonly capacity: NonNullable<PoolView['capacity']>;
}): VNode {
  const { words } = usePage();
  return (
    <section aria-labelledby="capacity-title">
      <header class="bar">
        <h2 id="capacity-title">{words.capacity.title}</h2>
        <span>{words.capacity.desired(capacity.desired ?? '–')}</span>
      </header>
      <p class="note">
        {Object.entries(capacity.counts)
          .map(([stage, count]) => `${stage} ${count}`)
          .join(' · ')}
        {capacity.limitedBy.length > 0 &&
          ` · ${words.capacity.limitedBy} ${capacity.limitedBy.join(', ')}`}
      </p>
      <ul class="list">
        {capacity.explanations.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </section>
  );
}
