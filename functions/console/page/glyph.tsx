import { type VNode } from 'preact';

/** Each state has a shape of its own, so that nobody needs to tell colours apart. */
const SHAPES = {
  good: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm-1.1 8.7L4.3 8.1l1-1 1.6 1.6 3.8-3.8 1 1z',
  doubtful: 'M8 1.5 15 14H1zm-.8 4.3.2 4h1.2l.2-4zm.8 4.9a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8z',
  bad: 'M2 2h12v12H2zm2.9 1.8L3.8 4.9 6.9 8l-3.1 3.1 1.1 1.1L8 9.1l3.1 3.1 1.1-1.1L9.1 8l3.1-3.1-1.1-1.1L8 6.9z',
  returning: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.5v9a4.5 4.5 0 0 1 0-9z',
  frozen:
    'M7.3 1h1.4v2.2l1.5-1 .7 1.2-2.2 1.4v2L10.4 6V3.4h1.4v1.8l1.9-1.1.7 1.2-1.9 1.1 1.6.9-.7 1.2-2.4-1.3L9.4 8l1.6.9 2.4-1.3.7 1.2-1.6.9 1.9 1.1-.7 1.2-1.9-1.1v1.7h-1.4V10l-1.7-1v2l2.2 1.4-.7 1.2-1.5-1V15H7.300v-2.300l-1.5 1-.700-1.200L7.3 11V9L5.6 10v2.600H4.200v-1.700l-1.9 1.1-.700-1.2 1.9-1.1-1.6-.900.7-1.200L5 8.9 6.6 8 5 7.1 2.6 8.400l-.700-1.2 1.6-.900-1.9-1.1.700-1.2 1.9 1.100V3.400h1.400V6l1.7 1V4.800L5.1 3.400l.700-1.2 1.5 1z',
  unknown: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.500a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9z',
  waiting: 'M3 2h10v2.500L9.5 8l3.5 3.500V14H3v-2.500L6.5 8 3 4.500z',
  acted: 'M8 1.5 14.5 8 8 14.5 1.5 8z',
  withheld: 'M8 1.5 14.5 8 8 14.5 1.5 8zm0 2.100L3.6 8 8 12.4 12.4 8z',
  quiet: 'M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z',
} as const;

export type GlyphName = keyof typeof SHAPES;

/** A small shape beside a word that says the same. */
export const Glyph = ({ name }: { readonly name: GlyphName }): VNode => (
  <svg class={`glyph ${name}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path d={SHAPES[name]} fill-rule="evenodd" />
  </svg>
);

export const STATE_GLYPHS: Readonly<Record<string, GlyphName>> = {
  healthy: 'good',
  suspect: 'doubtful',
  ejected: 'bad',
  probation: 'returning',
  serving: 'good',
  waiting: 'waiting',
  partial: 'doubtful',
  paused: 'bad',
  recovering: 'returning',
  returning: 'returning',
  absent: 'unknown',
  up: 'good',
  down: 'bad',
  unknown: 'unknown',
  normal: 'good',
  abnormal: 'bad',
  unavailable: 'unknown',
};

/** A state in words, with its shape. */
export const StateMark = ({
  state,
  text,
}: {
  readonly state: string;
  readonly text: string;
}): VNode => {
  const name = STATE_GLYPHS[state] ?? 'unknown';
  return (
    <span class={`mark ${name}`}>
      <Glyph name={name} />
      {text}
    </span>
  );
};
