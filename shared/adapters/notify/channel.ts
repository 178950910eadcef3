import { followReference, type Variables } from '../../config/environment';
import { type ChannelKind, type ChannelSettings } from '../../config/notification-settings';
import { type Instant } from '../../domain/units';
import { redact } from '../redact';
import { DINGTALK } from './dingtalk';
import { emailOf } from './email';
import { FEISHU } from './feishu';
import { type ChannelReply, type Delivery, fitted, type Format, restOf } from './format';
import { type Notice } from './notice';
import { post, PostFailure } from './post';
import { sendMail } from './send-mail';
import { SLACK } from './slack';
import { WEBHOOK } from './webhook';
import { WECOM } from './wecom';

const FORMATS: Readonly<Record<Exclude<ChannelKind, 'email'>, Format>> = {
  dingtalk: DINGTALK,
  feishu: FEISHU,
  wecom: WECOM,
  slack: SLACK,
  webhook: WEBHOOK,
};

interface SendOptions {
  readonly timeoutMs: number;
  readonly now: Instant;
  readonly variables?: Variables | undefined;
}

/** Sends a notice through a channel. Never throws; it is over after `timeoutMs`. What it says of a failure holds no secret. */
export async function sendThrough(
  settings: ChannelSettings,
  notice: Notice,
  options: SendOptions,
): Promise<Delivery> {
  const secrets: string[] = [];
  try {
    const url = followReference(settings.url, options.variables).reveal();
    const secret =
      settings.secret === null
        ? null
        : followReference(settings.secret, options.variables).reveal();
    secrets.push(...tokensIn(url), ...(secret === null ? [] : [secret]));
    if (settings.kind === 'email')
      return hidden(await mailTo(settings, notice, { url, secret }, options.timeoutMs), secrets);
    const format = FORMATS[settings.kind];
    const envelope = fitted(notice, format, { secret, now: options.now });
    const reply = await post(url, envelope, options.timeoutMs);
    return hidden(judge(reply, format, options.now), secrets);
  } catch (error) {
    const code = error instanceof PostFailure ? error.code : 'not-sent';
    const detail = error instanceof Error ? error.message : String(error);
    return hidden({ kind: 'failed', code, detail }, secrets);
  }
}

const NO_MAIL: Delivery = { kind: 'failed', code: 'no-mail', detail: 'it says of no recipients' };

const mailTo = async (
  { mail }: ChannelSettings,
  notice: Notice,
  { url, secret }: { readonly url: string; readonly secret: string | null },
  timeoutMs: number,
): Promise<Delivery> =>
  mail === null
    ? NO_MAIL
    : sendMail({ address: url, password: secret }, mail, emailOf(notice), timeoutMs);

function judge(reply: ChannelReply, format: Format, now: Instant): Delivery {
  const { status, retryAfter } = reply;
  if (status === 429)
    return { kind: 'limited', code: 'status-429', restMs: restOf(retryAfter, now) };
  if (status < 200 || status > 299)
    return { kind: 'failed', code: `status-${status}`, detail: reply.body };
  return format.verdict(reply);
}

/** Parts of an address that are secrets: a service may repeat them in its answer. */
function tokensIn(address: string): readonly string[] {
  if (!URL.canParse(address)) return [address];
  const { pathname, searchParams, password } = new URL(address);
  const parts = [address, password, ...searchParams.values(), ...pathname.split('/')];
  return parts.filter((part) => part.length >= 8);
}

function hidden(delivery: Delivery, secrets: readonly string[]): Delivery {
  if (delivery.kind !== 'failed') return delivery;
  const detail = secrets.reduce(
    (text, secret) => text.replaceAll(secret, '[redacted]'),
    delivery.detail,
  );
  return { ...delivery, detail: redact(detail, 200) };
}
