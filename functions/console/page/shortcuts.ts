import { type SessionView } from '../api';
import { type Opened } from './opened';
import { type Place } from './place-address';

interface Reach {
  readonly places: readonly Place[];
  readonly place: Place | null;
  /** Another region’s deployment looks after it: a plan made here would not know what that one knows. */
  readonly isElsewhere: boolean;
  readonly choose: (place: Place) => void;
  readonly opened: Opened | null;
  readonly open: (opened: Opened) => void;
  readonly session: SessionView;
  readonly toggles: { readonly theme: () => void; readonly language: () => void };
}

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.matches('input, select, textarea');

/** Single keys, while nobody types and nothing is open. */
export function onShortcut(event: KeyboardEvent, reach: Reach): void {
  if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (reach.opened !== null) return;
  const act = actionOf(event.key, reach);
  if (act === undefined) return;
  event.preventDefault();
  act();
}

function actionOf(key: string, reach: Reach): (() => void) | undefined {
  const { place, isElsewhere, open, session, toggles } = reach;
  switch (key) {
    case '/':
      return () => document.getElementById('backend-filter')?.focus();
    case '[':
      return () => step(-1, reach);
    case ']':
      return () => step(1, reach);
    case 't':
      return toggles.theme;
    case 'l':
      return toggles.language;
    case '?':
      return () => open({ kind: 'keys' });
    case 'p':
      return place === null || isElsewhere || !session.mayWrite
        ? undefined
        : () => open({ kind: 'plan', place });
    default:
      return undefined;
  }
}

function step(by: number, { places, place, choose }: Reach): void {
  const at = places.findIndex((each) => each.kind === place?.kind && each.id === place.id);
  const next = places[(at + by + places.length) % places.length];
  if (next !== undefined) choose(next);
}
