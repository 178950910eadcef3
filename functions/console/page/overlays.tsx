import { type ComponentChildren, type VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type ExplanationView, type OrderReply, type PoolView, type TicksView } from '../api';
import { Age, Time } from './ages';
import { WeightBar } from './backend-table';
import { ApiError, order, read, serverNow, signIn } from './client';
import { timeText } from './format';
import { StateMark } from './glyph';
import { regionOfAll, useLive, usePage } from './hooks';
import { type Opened } from './opened';
import { type Place } from './place-address';
import { reasonText } from './reasons';
import { apiOf } from './timeline';

interface FrameProps {
  readonly title: string;
  readonly kind: 'drawer' | 'form';
  readonly onClose: () => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
  readonly children: ComponentChildren;
}

/** A dialog of the browser’s own: it keeps the focus, and Esc closes it. */
function Frame({ title, kind, onClose, onKeyDown, children }: FrameProps): VNode {
  const { words } = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element !== null && !element.open) element.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={kind}
      aria-labelledby="dialog-title"
      onClose={onClose}
      onKeyDown={onKeyDown}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="inside">
        <header class="bar">
          <h2 id="dialog-title">{title}</h2>
          <button type="button" class="quiet" onClick={onClose}>
            {words.act.close}
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** Whatever is open over the page. */
export function Overlay({ opened }: { readonly opened: Opened }): VNode {
  const { open } = usePage();
  const onClose = (): void => open(null);
  switch (opened.kind) {
    case 'sign-in':
      return <SignIn onClose={onClose} />;
    case 'keys':
      return <Keys onClose={onClose} />;
    case 'tick':
      return <TickDrawer opened={opened} onClose={onClose} />;
    case 'backend':
      return <BackendDrawer opened={opened} onClose={onClose} />;
    case 'plan':
      return <PlanDrawer place={opened.place} onClose={onClose} />;
    case 'drain':
    case 'undrain':
    case 'freeze':
    case 'unfreeze':
    case 'approve':
      return <OrderForm opened={opened} onClose={onClose} />;
  }
}

/** Lines of an explanation, indented and toned as in a terminal. */
function Explanation({ explanation }: { readonly explanation: ExplanationView }): VNode {
  const { words } = usePage();
  return (
    <div class="explanation" tabIndex={0} role="region" aria-labelledby="dialog-title">
      {explanation.lines.map(({ indent, tone, text }, index) => (
        <p key={index} class={`line ${tone} indent-${Math.min(indent, 3)}`}>
          {text}
        </p>
      ))}
      {explanation.omitted > 0 && <p>{words.timeline.omitted(explanation.omitted)}</p>}
    </div>
  );
}

function TickDrawer({
  opened,
  onClose,
}: {
  readonly opened: Extract<Opened, { kind: 'tick' }>;
  readonly onClose: () => void;
}): VNode {
  const { words, open } = usePage();
  const { place, path } = opened;
  const { data, error } = useLive<ExplanationView>(`${apiOf(place)}/${path}`, 600_000);
  const go = async (direction: 'older' | 'newer'): Promise<void> => {
    if (data === null) return;
    const tick = await neighbour(place, data, direction);
    if (tick !== null) open({ kind: 'tick', place, path: `ticks/${encodeURIComponent(tick)}` });
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft') void go('older');
    if (event.key === 'ArrowRight') void go('newer');
  };
  const title = data === null ? words.loading : words.timeline.tick(timeText(data.at, serverNow()));
  return (
    <Frame title={title} kind="drawer" onClose={onClose} onKeyDown={onKey}>
      <div class="drawer-body">
        <nav class="steps">
          <button type="button" class="quiet" onClick={() => void go('older')}>
            ← {words.timeline.previous}
          </button>
          <button type="button" class="quiet" onClick={() => void go('newer')}>
            {words.timeline.newer} →
          </button>
          <span class="quiet-text code">{data?.title ?? ''}</span>
        </nav>
        {error !== null && data === null && <p class="note">{words.timeline.gone}</p>}
        {data !== null && <Explanation explanation={data} />}
      </div>
    </Frame>
  );
}

/** The tick before or after one that is shown, by id; null at the ends. */
async function neighbour(
  place: Place,
  shown: ExplanationView,
  direction: 'older' | 'newer',
): Promise<string | null> {
  const before = direction === 'older' ? `&before=${shown.at}` : '';
  const limit = direction === 'older' ? 3 : 200;
  const { ticks } = await read<TicksView>(`${apiOf(place)}/ticks?limit=${limit}${before}`);
  const index = ticks.findIndex(({ tickId }) => tickId === shown.title);
  if (index < 0) return null;
  return ticks[direction === 'older' ? index + 1 : index - 1]?.tickId ?? null;
}

function BackendDrawer({
  opened,
  onClose,
}: {
  readonly opened: Extract<Opened, { kind: 'backend' }>;
  readonly onClose: () => void;
}): VNode {
  const { words, open, session, language, generation } = usePage();
  const { pool, instanceId } = opened;
  const place = { kind: 'pool', id: pool } as const;
  const live = useLive<PoolView>(apiOf(place), 15_000, String(generation));
  const newest = useLive<TicksView>(`${apiOf(place)}/ticks?limit=100`, 15_000);
  const whole = newest.data?.ticks.find(({ isWhole }) => isWhole);
  const explained = useLive<ExplanationView>(
    whole === undefined
      ? null
      : `${apiOf(place)}/ticks/${encodeURIComponent(whole.tickId)}?backend=${encodeURIComponent(instanceId)}`,
    600_000,
  );
  const backend = live.data?.backends.find((each) => each.instanceId === instanceId);
  return (
    <Frame title={instanceId} kind="drawer" onClose={onClose}>
      <div class="drawer-body">
        {backend !== undefined && (
          <dl class="facts">
            <dt>{words.backends.state}</dt>
            <dd>
              <StateMark state={backend.state} text={words.state[backend.state]} />{' '}
              {backend.since > 0 && <Age at={backend.since} />}
            </dd>
            <dt>{words.backends.why}</dt>
            <dd>
              {reasonText(backend.reason ?? 'healthy', language)} {backend.detail}
            </dd>
            <dt>{words.backends.place}</dt>
            <dd>
              {[backend.zoneId, backend.instanceType].filter((each) => each !== null).join(' · ')}
            </dd>
            {backend.weights.map((weight) => (
              <WeightFacts key={`${weight.targetKey}:${weight.port}`} weight={weight} />
            ))}
            <dt>{words.backends.written}</dt>
            <dd>
              <WeightBar backend={backend} />
              <ol class="written">
                {backend.written.map(({ weight, at }) => (
                  <li key={at}>
                    <Time at={at} /> → {weight}
                  </li>
                ))}
              </ol>
            </dd>
          </dl>
        )}
        {session.mayWrite && backend !== undefined && (
          <p class="actions">
            <button type="button" onClick={() => open({ kind: 'drain', pool, instanceId })}>
              {words.act.drain}
            </button>
            {backend.drainedBy !== null && (
              <button type="button" onClick={() => open({ kind: 'undrain', pool, instanceId })}>
                {words.act.undrain}
              </button>
            )}
          </p>
        )}
        {explained.data !== null && <Explanation explanation={explained.data} />}
      </div>
    </Frame>
  );
}

function WeightFacts({
  weight: { targetKey, port, weight, base, health },
}: {
  readonly weight: PoolView['backends'][number]['weights'][number];
}): VNode {
  const { words } = usePage();
  return (
    <>
      <dt class="code">
        {targetKey}:{port}
      </dt>
      <dd>
        {words.backends.weightOf(weight, base)} ·{' '}
        <StateMark state={health} text={words.health[health]} />
      </dd>
    </>
  );
}

function PlanDrawer({
  place,
  onClose,
}: {
  readonly place: Place;
  readonly onClose: () => void;
}): VNode {
  const { words, session } = usePage();
  const [reply, setReply] = useState<OrderReply | null>(null);
  const [problem, setProblem] = useState('');
  const problemText = useProblem();
  useEffect(() => {
    const request =
      place.kind === 'pool'
        ? { verb: 'plan', pool: place.id }
        : { verb: 'plan-name', name: place.id };
    order(request, session).then(setReply, (error: unknown) => setProblem(problemText(error)));
  }, [place.kind, place.id]);
  return (
    <Frame title={words.act.planTitle(place.id)} kind="drawer" onClose={onClose}>
      <div class="drawer-body">
        {reply === null && problem === '' && <p role="status">{words.act.planning}</p>}
        {problem !== '' && <p class="bad-note">{problem}</p>}
        {reply?.kind === 'refused' && <p class="bad-note">{reply.message}</p>}
        {reply?.kind === 'plan' && <Explanation explanation={reply.explanation} />}
      </div>
    </Frame>
  );
}

/** What went wrong, in the reader’s language where that is known. */
export function useProblem(): (error: unknown) => string {
  const { words } = usePage();
  return (error) => {
    if (!(error instanceof ApiError)) return words.failed;
    const known = Object.hasOwn(words.errors, error.code) ? words.errors[error.code] : undefined;
    return known ?? (error.message || words.failed);
  };
}

const MINUTE = 60_000;
const LASTS = { '30m': 30, '1h': 60, '4h': 240, '24h': 1440 } as const;
type Lasts = keyof typeof LASTS;
type OrderOpened = Extract<
  Opened,
  { kind: 'drain' | 'undrain' | 'freeze' | 'unfreeze' | 'approve' }
>;

/** A person’s order: what it does, why, for how long; given only when they confirm. */
function OrderForm({
  opened,
  onClose,
}: {
  readonly opened: OrderOpened;
  readonly onClose: () => void;
}): VNode {
  const { words, session, refresh, say, open } = usePage();
  const problemText = useProblem();
  const [reason, setReason] = useState('');
  const [lasts, setLasts] = useState<Lasts | 'open'>(opened.kind === 'drain' ? 'open' : '1h');
  const [problem, setProblem] = useState('');
  const [isAsking, setIsAsking] = useState(false);
  const hasReason = opened.kind === 'drain' || opened.kind === 'freeze';
  const give = async (event: Event): Promise<void> => {
    event.preventDefault();
    setIsAsking(true);
    setProblem('');
    const until = lasts === 'open' ? undefined : serverNow() + LASTS[lasts] * MINUTE;
    try {
      const reply = await order(requestOf(opened, reason, until), session);
      if (reply.kind === 'refused') {
        setProblem(reply.message);
        return;
      }
      refresh();
      if (reply.kind === 'done') say(words.act.done[reply.result] ?? reply.message);
      onClose();
    } catch (error) {
      if (error instanceof ApiError && error.code === 'sign-in') open({ kind: 'sign-in' });
      setProblem(problemText(error));
    } finally {
      setIsAsking(false);
    }
  };
  const { title, text } = useOrderText(opened);
  return (
    <Frame title={title} kind="form" onClose={onClose}>
      <form onSubmit={(event) => void give(event)}>
        <p>{text}</p>
        {hasReason && (
          <>
            <label for="order-reason">{words.act.reason}</label>
            <input
              id="order-reason"
              required
              maxLength={200}
              value={reason}
              placeholder={words.act.reasonHint}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
            <label for="order-lasts">{words.act.lasts}</label>
            <select
              id="order-lasts"
              value={lasts}
              onChange={(event) => setLasts(event.currentTarget.value as Lasts | 'open')}
            >
              {opened.kind === 'drain' && <option value="open">{words.act.untilLifted}</option>}
              {(Object.keys(LASTS) as Lasts[]).map((each) => (
                <option key={each} value={each}>
                  {words.act.spans[each]}
                </option>
              ))}
            </select>
          </>
        )}
        {problem !== '' && (
          <p class="bad-note" role="alert">
            {problem}
          </p>
        )}
        <p class="actions">
          <button type="submit" class="main" disabled={isAsking}>
            {title}
          </button>
          <button type="button" onClick={onClose}>
            {words.act.cancel}
          </button>
        </p>
      </form>
    </Frame>
  );
}

const scopeFields = (scope: string): object => {
  const [kind = '', ...id] = scope.split('/');
  return scope === 'all' ? {} : { [kind]: id.join('/') };
};

function requestOf(opened: OrderOpened, reason: string, until: number | undefined): object {
  switch (opened.kind) {
    case 'drain': {
      const { pool, instanceId } = opened;
      return { verb: 'drain', pool, instanceId, reason, ...(until === undefined ? {} : { until }) };
    }
    case 'undrain':
      return { verb: 'undrain', pool: opened.pool, instanceId: opened.instanceId };
    case 'freeze': {
      const { place } = opened;
      const scope = place === null ? {} : { [place.kind]: place.id };
      return { verb: 'freeze', ...scope, reason, until };
    }
    case 'unfreeze':
      return { verb: 'unfreeze', ...scopeFields(opened.scope), of: opened.by };
    case 'approve': {
      const { name, moveId, isGranted } = opened;
      return { verb: 'approve', name, moveId, isGranted };
    }
  }
}

function useOrderText(opened: OrderOpened): { readonly title: string; readonly text: string } {
  const { words, overview } = usePage();
  const { act } = words;
  const everything = act.everything(regionOfAll(overview));
  switch (opened.kind) {
    case 'drain':
      return { title: act.drain, text: act.drainText(opened.instanceId, opened.pool) };
    case 'undrain':
      return { title: act.undrain, text: act.undrainText(opened.instanceId) };
    case 'freeze':
      return { title: act.freeze, text: act.freezeText(opened.place?.id ?? everything) };
    case 'unfreeze': {
      const subject = opened.scope === 'all' ? everything : opened.scope.replace('/', ' ');
      return { title: act.unfreeze, text: act.unfreezeText(subject, opened.by) };
    }
    case 'approve':
      return opened.isGranted
        ? { title: act.approve, text: act.approveText(opened.moveId, opened.name) }
        : { title: act.reject, text: act.rejectText(opened.moveId, opened.name) };
  }
}

function SignIn({ onClose }: { readonly onClose: () => void }): VNode {
  const { words, refresh } = usePage();
  return (
    <Frame title={words.session.signIn} kind="form" onClose={onClose}>
      <SignInForm
        onDone={() => {
          refresh();
          onClose();
        }}
      />
    </Frame>
  );
}

/** Name and secret; the secret is never kept, and never typed where others on the way could read it. */
export function SignInForm({ onDone }: { readonly onDone: () => void }): VNode {
  const { words } = usePage();
  const problemText = useProblem();
  const [by, setBy] = useState('');
  const [secret, setSecret] = useState('');
  const [problem, setProblem] = useState('');
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await signIn({ by, secret });
      onDone();
    } catch (error) {
      setProblem(problemText(error));
    } finally {
      setSecret('');
    }
  };
  if (!window.isSecureContext)
    return (
      <p class="bad-note" role="alert">
        {words.session.notSecure}
      </p>
    );
  return (
    <form onSubmit={(event) => void submit(event)}>
      <label for="sign-in-name">{words.session.name}</label>
      <input
        id="sign-in-name"
        required
        maxLength={64}
        autocomplete="username"
        value={by}
        onInput={(event) => setBy(event.currentTarget.value)}
      />
      <small>{words.session.nameHint}</small>
      <label for="sign-in-secret">{words.session.secret}</label>
      <input
        id="sign-in-secret"
        type="password"
        required
        autocomplete="current-password"
        value={secret}
        onInput={(event) => setSecret(event.currentTarget.value)}
      />
      <small>{words.session.secretHint}</small>
      {problem !== '' && (
        <p class="bad-note" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="main">
          {words.session.signIn}
        </button>
      </p>
    </form>
  );
}

function Keys({ onClose }: { readonly onClose: () => void }): VNode {
  const { words } = usePage();
  return (
    <Frame title={words.settings.keys} kind="form" onClose={onClose}>
      <dl class="keys">
        {words.keys.map(([key, text]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Frame>
  );
}
