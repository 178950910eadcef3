import { NAME_REASONS } from '../../domain/failover/name-reasons';
import { type NameAlert } from '../../domain/failover/name-proposal';
import { type Mode } from '../../domain/policy';
import { type Alert } from '../../domain/proposal';
import { REASONS } from '../../domain/reasons';
import { type Instant } from '../../domain/units';
import { redact } from '../redact';

/** Somewhere that a message leads to. */
interface NoticeLink {
  readonly label: string;
  readonly url: string;
}

/** One alert as people are told of it, before it has the form of a channel. Texts are not escaped. */
export interface Notice {
  /** The alert's key, without the quarter of an hour that the log has. */
  readonly key: string;
  /** Pool, `name/` and a public name, or what concerns all. */
  readonly subject: string;
  readonly severity: Alert['severity'];
  readonly reason: string;
  /** What the reason means. */
  readonly explanation: string;
  readonly message: string;
  /** Null where the subject is neither a pool nor a name. */
  readonly mode: Mode | null;
  readonly regionId: string;
  readonly at: Instant;
  /** What shows the tick behind it; null where there is none. */
  readonly command: string | null;
  readonly links: readonly NoticeLink[];
}

export interface NoticeContext {
  readonly regionId: string;
  readonly consoleUrl: string | null;
  /** Mode of each pool, and of each name under `name/` and its name. */
  readonly modes: Readonly<Record<string, Mode>>;
}

const NAME = 'name/';
const APPROVAL = 'approval/';
const MESSAGE_LENGTH_MAX = 30_000;

/** Whom an alert is about. */
export interface NoticeSubject {
  readonly pool: string | null;
  readonly name: string | null;
}

/** What a subject stands for. Example: `name/shop` is the public name `shop`; `account` is neither pool nor name. */
export function subjectOf(subject: string, modes: Readonly<Record<string, Mode>>): NoticeSubject {
  if (subject.startsWith(NAME)) return { pool: null, name: subject.slice(NAME.length) };
  return { pool: subject in modes ? subject : null, name: null };
}

/** An alert with all that people need to go on from there. URLs and secrets in its text are redacted. */
export function noticeOf(
  subject: string,
  alert: Alert | NameAlert,
  at: Instant,
  context: NoticeContext,
): Notice {
  const { severity, reason } = alert;
  const key = alert.key.replace(/\/\d+$/, '');
  return {
    ...{ key, subject, severity, reason, at, regionId: context.regionId },
    explanation: sentenceOf(subject, reason),
    message: redact(alert.message, MESSAGE_LENGTH_MAX),
    mode: context.modes[subject] ?? null,
    command: commandOf(subject, at, context),
    links: linksOf(subject, key, at, context),
  };
}

/** Names have words of their own for some reasons that pools have too. */
function sentenceOf(subject: string, reason: string): string {
  const sentences: Readonly<Record<string, string>> = subject.startsWith(NAME)
    ? { ...REASONS, ...NAME_REASONS }
    : { ...NAME_REASONS, ...REASONS };
  return sentences[reason] ?? '';
}

const timeText = (at: Instant): string => new Date(at).toISOString();

function commandOf(subject: string, at: Instant, { modes }: NoticeContext): string | null {
  const { pool, name } = subjectOf(subject, modes);
  if (pool !== null) return `evenkeel explain --pool ${pool} --at ${timeText(at)}`;
  return name === null ? null : `evenkeel explain --name ${name} --at ${timeText(at)}`;
}

/** Links name what they are about and nothing more: whoever opens one signs in at the console. */
function linksOf(
  subject: string,
  key: string,
  at: Instant,
  { consoleUrl, modes }: NoticeContext,
): readonly NoticeLink[] {
  if (consoleUrl === null) return [];
  const { pool, name } = subjectOf(subject, modes);
  const page = (query: Readonly<Record<string, string>>): string => {
    const url = new URL(consoleUrl);
    for (const [field, value] of Object.entries(query)) url.searchParams.set(field, value);
    return url.toString();
  };
  if (name === null)
    return [{ label: 'Open', url: page({ ...(pool !== null && { pool }), at: timeText(at) }) }];
  const move = key.startsWith(APPROVAL) ? key.slice(APPROVAL.length) : null;
  return [
    ...(move === null
      ? []
      : [
          { label: 'Approve', url: page({ name, move, answer: 'approve' }) },
          { label: 'Reject', url: page({ name, move, answer: 'reject' }) },
        ]),
    { label: 'Open', url: page({ name, at: timeText(at) }) },
  ];
}

/** Said of a pool or name that is only watched. */
export const OBSERVED = 'Observe mode: nothing was written to the cloud.';

/** What there is to say below the title, one paragraph each; none is empty. */
export const textsOf = ({ message, explanation, mode, command }: Notice): readonly string[] =>
  [message, explanation, mode === 'observe' ? OBSERVED : '', command ?? ''].filter(
    (text) => text !== '',
  );

/** Example: `CRITICAL web`. */
export const titleOf = ({ severity, subject }: Notice): string =>
  `${severity.toUpperCase()} ${subject}`;

/** When and where, and under which code. Example: `2026-11-21T10:42:00.000Z · cn-hangzhou · panic`. */
export const footOf = ({ at, regionId, reason }: Notice): string =>
  [timeText(at), regionId, reason].join(' · ');
