import { type VNode } from 'preact';
import { serverNow } from './client';
import { isoText, longText, spanText, timeText } from './format';
import { useNow, usePage } from './hooks';

/** How long ago, kept up to date. */
export function Age({ at }: { readonly at: number }): VNode {
  const now = useNow(5000);
  const { language } = usePage();
  return (
    <time dateTime={isoText(at)} title={longText(at)}>
      {spanText(now - at, language)}
    </time>
  );
}

/** Time of day. */
export function Time({ at }: { readonly at: number }): VNode {
  return (
    <time dateTime={isoText(at)} title={longText(at)}>
      {timeText(at, serverNow())}
    </time>
  );
}
