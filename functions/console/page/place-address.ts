/** A pool or a public name, as the address of the page has it. */
export interface Place {
  readonly kind: 'pool' | 'name';
  readonly id: string;
}

/** What a link of a notice asks for, besides the pool or name that it is about. */
export type Wish =
  | { readonly kind: 'tick'; readonly place: Place; readonly at: number }
  | {
      readonly kind: 'answer';
      readonly place: Place;
      readonly name: string;
      readonly moveId: string;
      readonly isGranted: boolean;
    };

/** The pool or name that an address is about; null: none. Example: `?pool=web&at=…` → pool web. */
export function placeIn(search: string): Place | null {
  const query = new URLSearchParams(search);
  const pool = query.get('pool');
  const name = query.get('name');
  if (name !== null) return { kind: 'name', id: name };
  return pool === null ? null : { kind: 'pool', id: pool };
}

export const urlOf = ({ kind, id }: Place): string => `/?${new URLSearchParams({ [kind]: id })}`;

/** A tick at a time, or yes or no to a move; null when the address asks for neither. A link says nothing by itself: a person confirms. */
export function wishIn(search: string): Wish | null {
  const place = placeIn(search);
  const query = new URLSearchParams(search);
  const [move, answer, at] = ['move', 'answer', 'at'].map((name) => query.get(name));
  if (place === null) return null;
  if (place.kind === 'name' && move != null && (answer === 'approve' || answer === 'reject'))
    return {
      ...{ kind: 'answer', place, name: place.id, moveId: move },
      isGranted: answer === 'approve',
    };
  const time = at == null ? NaN : Date.parse(at);
  return Number.isNaN(time) ? null : { kind: 'tick', place, at: time };
}
