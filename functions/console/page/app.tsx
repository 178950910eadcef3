import { type VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Overview, type SessionView } from '../api';
import { Age, Time } from './ages';
import { PoolGlyph } from './backend-table';
import { forgetAnswers, signIn, signOut } from './client';
import { timeText } from './format';
import { Glyph, STATE_GLYPHS } from './glyph';
import {
  NOBODY,
  Page,
  type PageContext,
  useConnection,
  useKept,
  regionOfAll,
  useLatest,
  useLive,
  usePage,
} from './hooks';
import { mayStayOpen, type Opened } from './opened';
import { onShortcut } from './shortcuts';
import { Overlay, SignInForm, useProblem } from './overlays';
import { Banners, NamePlace, PoolPlace } from './places';
import { type Place, placeIn, urlOf, wishIn } from './place-address';
import { type Language, type Words } from './words';
import { CHINESE } from './words-zh';
import { ENGLISH } from './words-en';

const OVERVIEW_MS = 2000;
const SESSION_MS = 60_000;
const MESSAGE_MS = 8000;
const WORDS: Readonly<Record<Language, Words>> = { en: ENGLISH, zh: CHINESE };
type Theme = 'system' | 'dark' | 'light';

const preferredLanguage = (): Language => (navigator.language.startsWith('zh') ? 'zh' : 'en');

/** Dark or light, as chosen or as the system has it. */
function useTheme(): readonly ['dark' | 'light', Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useKept<Theme>('theme', 'system', ['system', 'dark', 'light']);
  const media = useMemo(() => window.matchMedia('(prefers-color-scheme: light)'), []);
  const [isLight, setIsLight] = useState(media.matches);
  useEffect(() => {
    const onChange = (): void => setIsLight(media.matches);
    media.addEventListener('change', onChange);
    return () => media.removeEventListener('change', onChange);
  }, [media]);
  const shown = theme === 'system' ? (isLight ? 'light' : 'dark') : theme;
  document.documentElement.dataset['theme'] = shown;
  return [shown, theme, setTheme];
}

/** The whole page. */
export function App(): VNode {
  const [theme, , setTheme] = useTheme();
  const [language, setLanguage] = useKept<Language>('language', preferredLanguage(), ['en', 'zh']);
  const words = WORDS[language];
  const [generation, setGeneration] = useState(0);
  const [opened, open] = useState<Opened | null>(null);
  const [message, setMessage] = useState<{ text: string; isBad: boolean } | null>(null);
  const [search, setSearch] = useState('');
  const live = useLive<SessionView>('/api/session', SESSION_MS, String(generation));
  const session = live.data ?? NOBODY;
  const path = session.mayRead ? `/api/overview?q=${encodeURIComponent(search)}` : null;
  const { data, error } = useLive<Overview>(path, OVERVIEW_MS, String(generation));
  // While another search is under way the last list stays, so that whoever types goes on typing.
  const last = useRef<Overview | null>(null);
  last.current = session.mayRead ? (data ?? last.current) : null;
  const overview = last.current;
  const refresh = (): void => setGeneration((count) => count + 1);
  const say = (text: string, isBad = false): void => setMessage({ text, isBad });
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  useEffect(() => {
    if (error?.status !== 401) return;
    forgetAnswers();
    refresh();
  }, [error]);
  const isLeft = opened !== null && live.data !== null && !mayStayOpen(opened.kind, session);
  useEffect(() => {
    if (isLeft) open(null);
  }, [isLeft]);
  useEffect(() => {
    const timer = window.setTimeout(() => setMessage(null), MESSAGE_MS);
    return () => window.clearTimeout(timer);
  }, [message]);
  const context: PageContext = {
    ...{ language, words, session, overview, generation, refresh, open, say, theme },
  };
  const toggles = {
    theme: () => setTheme(theme === 'dark' ? 'light' : 'dark'),
    language: () => setLanguage(language === 'en' ? 'zh' : 'en'),
  };
  return (
    <Page.Provider value={context}>
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <TopBar toggles={toggles} />
      <Connected />
      {live.data !== null && !session.mayRead && <Closed canSignIn={session.canSignIn} />}
      {session.mayRead && overview !== null && (
        <Body
          overview={overview}
          search={search}
          setSearch={setSearch}
          opened={opened}
          toggles={toggles}
        />
      )}
      {session.mayRead && overview === null && <p class="empty">{words.loading}</p>}
      {opened !== null && !isLeft && <Overlay key={JSON.stringify(opened)} opened={opened} />}
      <div class="messages" role="status" aria-live="polite">
        {message !== null && <p class={message.isBad ? 'bad-note' : 'note'}>{message.text}</p>}
      </div>
      <SignInByLink />
    </Page.Provider>
  );
}

interface Toggles {
  readonly theme: () => void;
  readonly language: () => void;
}

function TopBar({ toggles }: { readonly toggles: Toggles }): VNode {
  const { words, session, overview, open, refresh, language, theme, say } = usePage();
  const problemText = useProblem();
  return (
    <header class="top">
      <span class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M5 19h22l-4 7H9z" class="hull" />
          <path d="M15 5v12M15 6l8 9h-8" class="sail" />
        </svg>
        Evenkeel
      </span>
      <span class="quiet-text">{overview?.regionId}</span>
      {overview !== null && overview.policyHash !== '' && (
        <span class="quiet-text code wide-only">
          {words.policy(overview.policyHash.slice(0, 8), overview.policyVersion)}
        </span>
      )}
      <span class="fill" />
      <LiveMark />
      {session.mayWrite && !(overview?.freezes ?? []).some(({ scope }) => scope === 'all') && (
        <button type="button" onClick={() => open({ kind: 'freeze', place: null })}>
          {words.act.freezeAll(regionOfAll(overview))}
        </button>
      )}
      <button
        type="button"
        class="quiet"
        onClick={toggles.language}
        lang={language === 'en' ? 'zh-CN' : 'en'}
      >
        {language === 'en' ? '中文' : 'English'}
      </button>
      <button type="button" class="quiet" onClick={toggles.theme}>
        {words.settings.theme}: {words.settings.themes[theme]}
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={words.settings.keys}
        onClick={() => open({ kind: 'keys' })}
      >
        ?
      </button>
      {session.by === null
        ? session.canSignIn && (
            <button type="button" onClick={() => open({ kind: 'sign-in' })}>
              {words.session.signIn}
            </button>
          )
        : null}
      {session.by !== null && (
        <span class="who">
          <b>{session.by}</b>
          <button
            type="button"
            class="quiet"
            onClick={() =>
              void signOut()
                .then(refresh)
                .catch((error: unknown) => say(problemText(error), true))
            }
          >
            {words.session.signOut}
          </button>
        </span>
      )}
    </header>
  );
}

/** Whether what is shown is of now. */
function LiveMark(): VNode {
  const { words, overview } = usePage();
  const { downSince } = useConnection();
  if (downSince !== null)
    return (
      <span class="mark bad live">
        <Glyph name="bad" />
        {words.notConnected(timeText(downSince, downSince))}
      </span>
    );
  return (
    <span class="mark good live">
      <Glyph name="good" />
      {overview === null ? words.loading : words.live}
    </span>
  );
}

/** Says since when nothing was heard; what was known before stays. */
function Connected(): VNode | null {
  const { words, overview } = usePage();
  const { downSince } = useConnection();
  if (downSince === null) return null;
  return (
    <p class="banner bad" role="alert">
      <Glyph name="bad" />
      <span>
        {words.notConnected('')}
        <Time at={downSince} />
        {overview !== null && `. ${words.lastData}`}
      </span>
    </p>
  );
}

/** Nobody may look yet. */
function Closed({ canSignIn }: { readonly canSignIn: boolean }): VNode {
  const { words, refresh } = usePage();
  return (
    <main id="content" class="closed">
      <h1>{canSignIn ? words.session.mustSignIn : words.session.cannotSignIn}</h1>
      {canSignIn && <SignInForm onDone={refresh} />}
    </main>
  );
}

interface BodyProps {
  readonly overview: Overview;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly opened: Opened | null;
  readonly toggles: Toggles;
}

function Body({ overview, search, setSearch, opened, toggles }: BodyProps): VNode {
  const { open, session, words, say } = usePage();
  const [chosen, setChosen] = useState<Place | null>(() => placeIn(window.location.search));
  const places: readonly Place[] = [
    ...overview.pools.map(({ id }) => ({ kind: 'pool' as const, id })),
    ...overview.names.map(({ id }) => ({ kind: 'name' as const, id })),
  ];
  const place = chosen ?? places[0] ?? null;
  const choose = (next: Place): void => {
    window.history.pushState(null, '', urlOf(next));
    setChosen(next);
  };
  useEffect(() => {
    const onBack = (): void => setChosen(placeIn(window.location.search));
    window.addEventListener('popstate', onBack);
    return () => window.removeEventListener('popstate', onBack);
  }, []);
  const isElsewhere = (place?.kind === 'name' ? overview.names : overview.pools).some(
    (line) => line.id === place?.id && line.isElsewhere,
  );
  const keys = useLatest({ places, place, isElsewhere, choose, opened, open, session, toggles });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => onShortcut(event, keys.current);
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [keys]);
  useEffect(() => {
    const wish = wishIn(window.location.search);
    if (wish === null) return;
    if (wish.kind === 'answer' && session.by === null) {
      open({ kind: 'sign-in' });
      return;
    }
    if (wish.kind === 'answer') {
      const { name, moveId, isGranted } = wish;
      const isWaiting = overview.approvals.some(
        (move) => move.name === name && move.moveId === moveId,
      );
      if (!session.mayWrite) say(words.act.readOnly, true);
      else if (!isWaiting) say(words.act.noSuchMove(moveId, name), true);
      else open({ kind: 'approve', name, moveId, isGranted });
    } else open({ kind: 'tick', place: wish.place, path: `tick-at/${wish.at}` });
    window.history.replaceState(null, '', urlOf(wish.place));
  }, [session.by]);
  return (
    <div class="body">
      <SideList
        overview={overview}
        search={search}
        setSearch={setSearch}
        place={place}
        choose={choose}
      />
      <main id="content" tabIndex={-1}>
        <Banners />
        {place !== null && <PlaceView key={`${place.kind} ${place.id}`} place={place} />}
      </main>
    </div>
  );
}

function PlaceView({ place }: { readonly place: Place }): VNode {
  const { overview, words } = usePage();
  const pool = overview?.pools.find(({ id }) => place.kind === 'pool' && id === place.id);
  const name = overview?.names.find(({ id }) => place.kind === 'name' && id === place.id);
  if (pool !== undefined) return <PoolPlace line={pool} />;
  if (name !== undefined) return <NamePlace line={name} />;
  return <p class="empty">{words.nothingYet}</p>;
}

interface SideListProps {
  readonly overview: Overview;
  readonly search: string;
  readonly setSearch: (text: string) => void;
  readonly place: Place | null;
  readonly choose: (place: Place) => void;
}

function SideList({ overview, search, setSearch, place, choose }: SideListProps): VNode {
  const { words } = usePage();
  const isChosen = (kind: Place['kind'], id: string): boolean =>
    place?.kind === kind && place.id === id;
  const hidden = overview.poolsFound - overview.pools.length;
  return (
    <nav class="side" aria-label={words.navigation}>
      <h2>{words.pools}</h2>
      {(overview.poolsFound > 8 || search !== '') && (
        <input
          type="search"
          value={search}
          placeholder={words.findPool}
          aria-label={words.findPool}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      )}
      <ul>
        {overview.pools.map((pool) => (
          <li key={pool.id}>
            <button
              type="button"
              aria-current={isChosen('pool', pool.id) ? 'page' : undefined}
              onClick={() => choose({ kind: 'pool', id: pool.id })}
            >
              <PoolGlyph {...pool} />
              <span class="name">{pool.id}</span>
              {pool.isFrozen && <Glyph name="frozen" />}
              <small>
                {pool.isElsewhere
                  ? words.elsewhere(pool.regionId)
                  : pool.at === null
                    ? words.nothingYet
                    : words.healthyOf(pool.healthy, pool.members)}
                {pool.isPanic && ` · ${words.panic}`}
                {pool.isFrozen && ` · ${words.frozen}`}
                {pool.at !== null && ' · '}
                {pool.at !== null && <Age at={pool.at} />}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {hidden > 0 && <p class="note">{words.morePools(hidden)}</p>}
      {overview.names.length > 0 && <h2>{words.names}</h2>}
      <ul>
        {overview.names.map((name) => (
          <li key={name.id}>
            <button
              type="button"
              aria-current={isChosen('name', name.id) ? 'page' : undefined}
              onClick={() => choose({ kind: 'name', id: name.id })}
            >
              <Glyph name={worstGlyph(name.sites.map(({ state }) => state))} />
              <span class="name">{name.id}</span>
              {name.isFrozen && <Glyph name="frozen" />}
              <small>
                {name.isElsewhere
                  ? words.elsewhere(name.regionId)
                  : name.at === null
                    ? words.nothingYet
                    : words.sitesUp(
                        name.sites.filter(({ state }) => state === 'serving').length,
                        name.sites.length,
                      )}
                {name.isFrozen && ` · ${words.frozen}`}
              </small>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const worstGlyph = (states: readonly string[]) =>
  (['bad', 'doubtful', 'waiting', 'returning', 'unknown'] as const).find((glyph) =>
    states.some((state) => STATE_GLYPHS[state] === glyph),
  ) ?? 'good';

/** A link of `evenkeel console login` signs in once; its token is taken out of the address before anything else. */
function SignInByLink(): null {
  const { refresh, say, words } = usePage();
  const problemText = useProblem();
  useEffect(() => {
    const link = /^#sign-in=([\w.-]+)$/.exec(window.location.hash)?.[1];
    if (link === undefined) return;
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
    signIn({ link }).then(
      (session) => {
        refresh();
        if (session.by !== null)
          say(
            words.session.signedInAs(session.by, new Date(session.until ?? 0).toLocaleTimeString()),
          );
      },
      (error: unknown) => say(problemText(error), true),
    );
  }, []);
  return null;
}
