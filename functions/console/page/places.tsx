import { type VNode } from 'preact';
import { type NameLine, type NameView, type PoolLine, type PoolView, type SiteView } from '../api';
import { Age, Time } from './ages';
import { BackendTable } from './backend-table';
import { Charts } from './charts';
import { serverNow } from './client';
import { shareText, timeText } from './format';
import { Glyph, StateMark } from './glyph';
import { regionOfAll, useLive, usePage } from './hooks';
import { reasonText } from './reasons';
import { Alerts, Capacity, Operations, Orders } from './side-panels';
import { apiOf, Timeline } from './timeline';
import { type SiteState } from './words';

/** How long what nobody announces may be out of date. */
const REFRESH_MS = 15_000;

const Mode = ({ mode }: Pick<PoolLine, 'mode'>): VNode => {
  const { words } = usePage();
  return (
    <span class={`mode ${mode}`} title={words.modeHint[mode]}>
      {words.mode[mode]}
    </span>
  );
};

/** One pool: charts, backends, timeline, and what people want of it. */
export function PoolPlace({ line }: { readonly line: PoolLine }): VNode {
  const { words, session, generation } = usePage();
  const place = { kind: 'pool', id: line.id } as const;
  const stamp = `${line.stamp} ${generation}`;
  const { data } = useLive<PoolView>(apiOf(place), REFRESH_MS, stamp);
  return (
    <>
      <header class="place-head">
        <h1>{line.id}</h1>
        <Mode mode={line.mode} />
        <span class="quiet-text">{line.regionId}</span>
        {line.at !== null && <span>{words.healthyOf(line.healthy, line.members)}</span>}
        <LookedAt line={line} />
        <span class="fill" />
        {!line.isElsewhere && <PlaceActions place={place} isFrozen={line.isFrozen} />}
      </header>
      {data?.panicSince != null && (
        <p class="banner bad" role="status">
          <Glyph name="bad" />
          {words.panicSince(new Date(data.panicSince).toLocaleTimeString())}
        </p>
      )}
      <div class="columns">
        <div class="main-column">
          <Charts pool={line.id} stamp={stamp} />
          {data === null ? <p class="empty">{words.loading}</p> : <BackendTable pool={data} />}
        </div>
        <div class="side-column">
          <Timeline place={place} stamp={stamp} />
          {data !== null && <Operations operations={data.operations} />}
          {data?.capacity != null && <Capacity capacity={data.capacity} />}
          {data !== null && <Alerts alerts={data.alerts} />}
          {session.mayRead && <Orders />}
        </div>
      </div>
    </>
  );
}

/** When it was looked at last, or who does that: what could be ordered here would stop nothing there. */
function LookedAt({ line }: { readonly line: PoolLine | NameLine }): VNode {
  const { words } = usePage();
  if (line.isElsewhere) return <span class="quiet-text">{words.elsewhere(line.regionId)}</span>;
  return (
    <span class="quiet-text">{line.at === null ? words.nothingYet : <Age at={line.at} />}</span>
  );
}

function PlaceActions({
  place,
  isFrozen,
}: {
  readonly place: { readonly kind: 'pool' | 'name'; readonly id: string };
  readonly isFrozen: boolean;
}): VNode | null {
  const { words, open, session, overview } = usePage();
  if (!session.mayWrite) return null;
  const scope = `${place.kind}/${place.id}`;
  const freeze = overview?.freezes.find((each) => each.scope === scope);
  return (
    <span class="actions">
      <button type="button" onClick={() => open({ kind: 'plan', place })}>
        {words.act.plan}
      </button>
      {isFrozen && freeze !== undefined ? (
        <button type="button" onClick={() => open({ kind: 'unfreeze', scope, by: freeze.by })}>
          {words.act.unfreeze}
        </button>
      ) : (
        <button type="button" onClick={() => open({ kind: 'freeze', place })}>
          {words.act.freeze}
        </button>
      )}
    </span>
  );
}

/** One public name: its sites, DNS records, timeline, and what people want of it. */
export function NamePlace({ line }: { readonly line: NameLine }): VNode {
  const { words, generation } = usePage();
  const place = { kind: 'name', id: line.id } as const;
  const stamp = `${line.stamp} ${generation}`;
  const { data } = useLive<NameView>(apiOf(place), REFRESH_MS, stamp);
  return (
    <>
      <header class="place-head">
        <h1>{line.id}</h1>
        <Mode mode={line.mode} />
        <span class="code quiet-text">{line.host}</span>
        <LookedAt line={line} />
        <span class="fill" />
        {!line.isElsewhere && <PlaceActions place={place} isFrozen={line.isFrozen} />}
      </header>
      <div class="columns">
        <div class="main-column">
          {data === null ? (
            <p class="empty">{words.loading}</p>
          ) : (
            <>
              <Sites sites={data.sites} />
              <Records records={data.records} />
            </>
          )}
        </div>
        <div class="side-column">
          <Timeline place={place} stamp={stamp} />
          {data !== null && <Operations operations={data.operations} />}
          <Orders />
        </div>
      </div>
    </>
  );
}

function Sites({ sites }: { readonly sites: readonly SiteView[] }): VNode {
  const { words } = usePage();
  return (
    <section class="sites" aria-labelledby="sites-title">
      <header class="bar">
        <h2 id="sites-title">{words.sites.title}</h2>
      </header>
      {sites.map((site) => (
        <SiteCard key={site.siteName} site={site} />
      ))}
    </section>
  );
}

function SiteCard({ site }: { readonly site: SiteView }): VNode {
  const { words, language } = usePage();
  const state = site.state as SiteState;
  const reason = site.reason ?? site.cause;
  const share = site.share ?? 0;
  return (
    <article class={`site ${site.state}`}>
      <h3>{site.siteName}</h3>
      <StateMark state={site.state} text={words.siteState[state]} />
      {site.verdict !== null && (
        <StateMark
          state={site.verdict}
          text={`${words.sites.verdict}: ${words.verdict[site.verdict]}`}
        />
      )}
      <span class="share" title={`${words.sites.share}: ${shareText(share)}`}>
        <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
          <rect class="bar-full" x="0" y="0" width="100" height="6" />
          <rect class="bar-now" x="0" y="0" width={share / 10} height="6" />
        </svg>
        {words.sites.share} {site.share === null ? '–' : shareText(share)}
      </span>
      <span class="quiet-text">
        {site.regionId} · <span class="code">{site.address}</span>
        {site.poolName !== null && ` · ${words.sites.pool} ${site.poolName}`}
        {site.since > 0 && ' · '}
        {site.since > 0 && <Age at={site.since} />}
      </span>
      {reason !== null && (
        <p>
          {reasonText(reason, language)} {site.detail}
        </p>
      )}
      {site.evidence.length > 0 && (
        <details>
          <summary>{words.sites.evidence}</summary>
          <ul class="list">
            {site.evidence.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </details>
      )}
    </article>
  );
}

function Records({ records }: Pick<NameView, 'records'>): VNode {
  const { words } = usePage();
  const { sites } = words;
  return (
    <section class="records" aria-labelledby="records-title">
      <header class="bar">
        <h2 id="records-title">{sites.records}</h2>
      </header>
      {records.length === 0 ? (
        <p class="empty">{sites.none}</p>
      ) : (
        <div class="scrolling" tabIndex={0} role="group" aria-labelledby="records-title">
          <table>
            <thead>
              <tr>
                {[
                  sites.state,
                  sites.line,
                  sites.address,
                  sites.weight,
                  sites.ttl,
                  sites.record,
                ].map((each) => (
                  <th key={each} scope="col">
                    {each}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {records.map((record) => (
                <tr key={record.recordId}>
                  <td>
                    <StateMark
                      state={record.isEnabled ? 'serving' : 'paused'}
                      text={record.isEnabled ? sites.enabled : sites.paused}
                    />
                  </td>
                  <td>{record.line}</td>
                  <td class="code">
                    {record.type} {record.value}
                  </td>
                  <td>{record.weight ?? '–'}</td>
                  <td>{record.ttlSeconds} s</td>
                  <td class="code quiet-text">{record.recordId}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** Freezes, and moves that wait for a person: above everything else. */
export function Banners(): VNode {
  const { words, overview, session, open } = usePage();
  return (
    <div class="banners">
      {(overview?.freezes ?? []).map(({ scope, by, until, reason }) => (
        <p key={scope} class="banner frozen" role="status">
          <Glyph name="frozen" />
          <span>
            {scope === 'all' ? '' : <b>{scope.replace('/', ' ')} </b>}
            {scope === 'all'
              ? words.allFrozenBy(by, timeText(until, serverNow()), reason, regionOfAll(overview))
              : words.frozenBy(by, timeText(until, serverNow()), reason)}
          </span>
          {session.mayWrite && (
            <button type="button" onClick={() => open({ kind: 'unfreeze', scope, by })}>
              {words.act.unfreeze}
            </button>
          )}
        </p>
      ))}
      {(overview?.approvals ?? []).map((move) => (
        <p key={`${move.name} ${move.moveId}`} class="banner waiting" role="status">
          <Glyph name="waiting" />
          <span>
            {words.waitsForPerson(move.name, move.siteName)} <span class="code">{move.moveId}</span>{' '}
            {words.waitsUntil('')}
            <Time at={move.until} />
          </span>
          {session.mayWrite &&
            [true, false].map((isGranted) => (
              <button
                key={String(isGranted)}
                type="button"
                onClick={() =>
                  open({ kind: 'approve', name: move.name, moveId: move.moveId, isGranted })
                }
              >
                {isGranted ? words.act.approve : words.act.reject}
              </button>
            ))}
        </p>
      ))}
    </div>
  );
}
