import { type VNode } from 'preact';
import { serverNow } from './client';
import { spanText, timeText } from './format';
import { useNow, usePage } from './hooks';

/** How long ago, kept up to date. */
export function Age({ at }: { readonly at: number }): VNode {
  const now = useNow(5000);
  const { language } = usePage();
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {spanText(now - at, language)}
    </time>
  );
}

/** Time of day. */
export function Time({ at }: { readonly at: number }): VNode {
  return (
    <time dateTime={new Date(at).toISOString()} title={new Date(at).toLocaleString()}>
      {timeText(at, serverNow())}
    </time>
  );
}
