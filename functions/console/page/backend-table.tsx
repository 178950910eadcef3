import { type VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type BackendView, type PoolView } from '../api';
import { Age } from './ages';
import { rowsInSight } from './format';
import { Glyph, StateMark } from './glyph';
import { usePage } from './hooks';
import { reasonText } from './reasons';
import { type BackendState } from './words';

export const ROW_HEIGHT = 34;
const STATES: readonly BackendState[] = ['ejected', 'suspect', 'probation', 'healthy'];
/** Rows in sight before the first measurement. */
const FIRST_HEIGHT = 600;

const isMatch = (backend: BackendView, text: string, why: string): boolean =>
  [backend.instanceId, backend.zoneId, backend.instanceType, backend.reason, why].some(
    (each) => each?.toLowerCase().includes(text) === true,
  );

/** All backends of a pool; only the rows in sight are drawn, however many there are. */
export function BackendTable({ pool }: { readonly pool: PoolView }): VNode {
  const { words, language } = usePage();
  const [text, setText] = useState('');
  const [state, setState] = useState<BackendState | null>(null);
  const counts = useMemo(() => countStates(pool.backends), [pool.backends]);
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return pool.backends.filter(
      (each) =>
        (state === null || each.state === state) &&
        (wanted === '' || isMatch(each, wanted, reasonText(each.reason ?? '', language))),
    );
  }, [pool.backends, text, state, language]);
  return (
    <section class="backends" aria-labelledby="backends-title">
      <header class="bar">
        <h2 id="backends-title">
          {words.backends.title}{' '}
          <small>{words.backends.shown(shown.length, pool.backends.length)}</small>
        </h2>
        <input
          id="backend-filter"
          type="search"
          value={text}
          placeholder={words.backends.filter}
          aria-label={words.backends.filter}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <div class="choice" role="group" aria-label={words.backends.state}>
          <button
            type="button"
            class="quiet"
            aria-pressed={state === null}
            onClick={() => setState(null)}
          >
            {words.backends.all} {pool.backends.length}
          </button>
          {STATES.map((each) => (
            <button
              key={each}
              type="button"
              class="quiet"
              aria-pressed={state === each}
              onClick={() => setState(state === each ? null : each)}
            >
              <StateMark state={each} text={`${words.state[each]} ${counts[each]}`} />
            </button>
          ))}
        </div>
        {pool.seenAt !== null && (
          <small class="seen">
            <SeenAt at={pool.seenAt} />
          </small>
        )}
      </header>
      <Rows pool={pool.id} backends={shown} />
      {pool.backends.length < pool.backendsFound && (
        <p class="note">{words.backends.cutOff(pool.backends.length, pool.backendsFound)}</p>
      )}
    </section>
  );
}

function SeenAt({ at }: { readonly at: number }): VNode {
  const { words } = usePage();
  const [before = '', after = ''] = words.backends.seenAt('\u0000').split('\u0000');
  return (
    <span>
      {before}
      <Age at={at} />
      {after}
    </span>
  );
}

function countStates(backends: readonly BackendView[]): Record<BackendState, number> {
  const counts = { healthy: 0, suspect: 0, ejected: 0, probation: 0 };
  for (const { state } of backends) counts[state] += 1;
  return counts;
}

function Rows({
  pool,
  backends,
}: {
  readonly pool: string;
  readonly backends: readonly BackendView[];
}): VNode {
  const { words, open } = usePage();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: FIRST_HEIGHT });
  const [selected, setSelected] = useState(0);
  const focusAfter = useRef(false);
  const { first, end } = rowsInSight(backends.length, ROW_HEIGHT, sight.top, sight.height);
  const measure = (): void => {
    const element = box.current;
    if (element !== null) setSight({ top: element.scrollTop, height: element.clientHeight });
  };
  useEffect(measure, [backends.length]);
  useEffect(() => {
    if (!focusAfter.current) return;
    focusAfter.current = false;
    box.current?.querySelector<HTMLElement>(`[data-row="${selected}"]`)?.focus();
  });
  const select = (wanted: number): void => {
    const next = Math.max(0, Math.min(backends.length - 1, wanted));
    const element = box.current;
    if (element !== null) {
      const top = next * ROW_HEIGHT;
      if (top < element.scrollTop) element.scrollTop = top;
      const below = top + ROW_HEIGHT - element.clientHeight + ROW_HEIGHT;
      if (below > element.scrollTop) element.scrollTop = below;
    }
    focusAfter.current = true;
    setSelected(next);
    measure();
  };
  const onKey = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(sight.height / ROW_HEIGHT) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + page,
      PageUp: selected - page,
      Home: 0,
      End: backends.length - 1,
    };
    const wanted = moves[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    select(wanted);
  };
  const tabbable = selected >= first && selected < end ? selected : first;
  return (
    <div
      ref={box}
      class="rows"
      role="table"
      aria-label={words.backends.title}
      aria-rowcount={backends.length + 1}
      onScroll={measure}
      onKeyDown={onKey}
    >
      <div class="row head" role="row" aria-rowindex={1}>
        {[
          words.backends.state,
          words.backends.instance,
          words.backends.zone,
          words.backends.weight,
          words.backends.health,
          words.backends.since,
          words.backends.why,
        ].map((each) => (
          <span key={each} role="columnheader">
            {each}
          </span>
        ))}
      </div>
      {backends.length === 0 && <p class="empty">{words.backends.none}</p>}
      <div class="space" role="presentation" style={{ height: `${first * ROW_HEIGHT}px` }} />
      {backends.slice(first, end).map((backend, index) => (
        <Row
          key={backend.instanceId}
          backend={backend}
          index={first + index}
          isTabbable={first + index === tabbable}
          onOpen={() => {
            setSelected(first + index);
            open({ kind: 'backend', pool, instanceId: backend.instanceId });
          }}
        />
      ))}
      <div
        class="space"
        role="presentation"
        style={{ height: `${Math.max(0, backends.length - end) * ROW_HEIGHT}px` }}
      />
    </div>
  );
}

interface RowProps {
  readonly backend: BackendView;
  readonly index: number;
  readonly isTabbable: boolean;
  readonly onOpen: () => void;
}

function Row({ backend, index, isTabbable, onOpen }: RowProps): VNode {
  const { words, language } = usePage();
  const { state, reason, detail, drainedBy, since } = backend;
  const why = reason === null || reason === 'healthy' ? '' : reasonText(reason, language);
  return (
    <div
      class={`row ${state}`}
      role="row"
      aria-rowindex={index + 2}
      data-row={index}
      data-instance={backend.instanceId}
      tabIndex={isTabbable ? 0 : -1}
      onClick={onOpen}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onOpen();
      }}
    >
      <span role="cell">
        <StateMark state={state} text={words.state[state]} />
      </span>
      <span role="cell" class="code" title={backend.instanceId}>
        {backend.instanceId}
      </span>
      <span role="cell" class="quiet-text">
        <span title={backend.instanceType ?? ''}>{backend.zoneId ?? '–'}</span>
        {backend.isSpot && <em class="tag">{words.backends.spot}</em>}
        {backend.isProtected && <em class="tag">{words.backends.protected}</em>}
      </span>
      <span role="cell">
        <WeightBar backend={backend} />
      </span>
      <span role="cell">
        <HealthMarks backend={backend} />
      </span>
      <span role="cell" class="quiet-text">
        {since > 0 && <Age at={since} />}
      </span>
      <span role="cell" class="why" title={`${why} ${detail}`}>
        {drainedBy !== null && <em class="tag">{words.backends.drainedBy(drainedBy)}</em>}
        {why} <i>{reason === 'healthy' ? '' : detail}</i>
      </span>
    </div>
  );
}

/** Weights of all targets together, against what they are when it is well. */
export function WeightBar({ backend }: { readonly backend: BackendView }): VNode {
  const { words } = usePage();
  const { weights } = backend;
  const alike = new Set(weights.map(({ weight, base }) => `${weight}/${base}`));
  const weight = weights.reduce((sum, each) => sum + each.weight, 0);
  const base = weights.reduce((sum, each) => sum + each.base, 0);
  const [one] = weights;
  if (one === undefined) return <span class="quiet-text">–</span>;
  const text =
    alike.size === 1
      ? `${one.weight}/${one.base}`
      : weights.map((each) => String(each.weight)).join(' · ');
  const width = base === 0 ? 0 : Math.min(100, Math.round((weight * 100) / base));
  return (
    <span class="weight" title={words.backends.weightOf(weight, base)}>
      <span class="number">{text}</span>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-full" x="0" y="0" width="100" height="6" />
        <rect class="bar-now" x="0" y="0" width={width} height="6" />
      </svg>
    </span>
  );
}

function HealthMarks({ backend }: { readonly backend: BackendView }): VNode {
  const { words } = usePage();
  const found = new Set(backend.weights.map(({ health }) => health));
  const worst = (['abnormal', 'unknown', 'unavailable', 'normal'] as const).find((each) =>
    found.has(each),
  );
  if (worst === undefined) return <span class="quiet-text">–</span>;
  return <StateMark state={worst} text={words.health[worst]} />;
}

/** Shape and word for a pool of the list. */
export const PoolGlyph = ({
  healthy,
  members,
  isPanic,
}: {
  readonly healthy: number;
  readonly members: number;
  readonly isPanic: boolean;
}): VNode => (
  <Glyph
    name={isPanic ? 'bad' : members === 0 ? 'unknown' : healthy === members ? 'good' : 'doubtful'}
  />
);
