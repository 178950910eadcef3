import { type VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type TickLine, type TicksView } from '../api';
import { Time } from './ages';
import { read, serverNow } from './client';
import { timelineEntries, timeText, type TimelineEntry } from './format';
import { Glyph } from './glyph';
import { useLive, usePage } from './hooks';
import { type Place } from './place-address';

export const apiOf = ({ kind, id }: Place): string =>
  `/api/${kind === 'pool' ? 'pools' : 'names'}/${encodeURIComponent(id)}`;

/** Ticks of a pool or name, newest first; runs of uneventful ones as one line. A click explains. */
export function Timeline({
  place,
  stamp,
}: {
  readonly place: Place;
  readonly stamp: string;
}): VNode {
  const { words, open } = usePage();
  const path = `${apiOf(place)}/ticks?limit=100`;
  const { data } = useLive<TicksView>(path, 30_000, stamp);
  const [older, setOlder] = useState<readonly TickLine[]>([]);
  const [hasOlder, setHasOlder] = useState(true);
  useEffect(() => {
    setOlder([]);
    setHasOlder(true);
  }, [path]);
  const newest = data?.ticks ?? [];
  const last = newest.at(-1)?.at ?? 0;
  const ticks = [...newest, ...older.filter(({ at }) => at < last)];
  const more = async (): Promise<void> => {
    const before = (ticks.at(-1)?.at ?? 1) - 1;
    const found = await read<TicksView>(`${apiOf(place)}/ticks?limit=200&before=${before}`);
    setOlder([...older, ...found.ticks]);
    setHasOlder(found.hasOlder);
  };
  const canGoBack = data !== null && (older.length === 0 ? data.hasOlder : hasOlder);
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header class="bar">
        <h2 id="timeline-title">{words.timeline.title}</h2>
      </header>
      {data !== null && ticks.length === 0 && <p class="empty">{words.timeline.none}</p>}
      <ol>
        {timelineEntries(ticks).map((entry) => (
          <Entry
            key={entry.kind === 'tick' ? entry.tick.tickId : `quiet-${entry.oldestAt}`}
            entry={entry}
            onOpen={() =>
              open({ kind: 'tick', place, path: `ticks/${encodeURIComponent(entry.tick.tickId)}` })
            }
          />
        ))}
      </ol>
      {canGoBack && (
        <button type="button" class="quiet wide" onClick={() => void more().catch(() => undefined)}>
          {words.timeline.older}
        </button>
      )}
    </section>
  );
}

interface EntryProps {
  readonly entry: TimelineEntry;
  readonly onOpen: () => void;
}

function Entry({ entry, onOpen }: EntryProps): VNode {
  const { words } = usePage();
  const { tick } = entry;
  const isQuiet = entry.kind === 'quiet';
  const glyph = isQuiet ? 'quiet' : tick.steps > 0 ? 'acted' : 'withheld';
  const counts = [
    ...(tick.steps > 0 ? [words.timeline.steps(tick.steps)] : []),
    ...(tick.withheld > 0 ? [words.timeline.withheld(tick.withheld)] : []),
  ];
  return (
    <li class={glyph}>
      <button
        type="button"
        class="entry"
        onClick={onOpen}
        title={words.timeline.explain(timeText(tick.at, serverNow()))}
      >
        <Glyph name={glyph} />
        <span class="when">
          <Time at={tick.at} />
        </span>
        <span class="counts">
          {tick.healthy}/{tick.members}
        </span>
        <span class="what">
          {isQuiet ? words.timeline.quiet(entry.count) : tick.summary}
          {counts.length > 0 && <small>{counts.join(', ')}</small>}
        </span>
      </button>
    </li>
  );
}
