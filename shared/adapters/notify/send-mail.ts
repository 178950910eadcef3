import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { type MailSettings } from '../../config/notification-settings';
import { type Email } from './email';
import { type Delivery } from './format';
import { isLoopback } from './post';

/** Where mail is handed in, and as whom. */
export interface MailServer {
  /** `smtps://user@host:465` for TLS from the first byte, `smtp://user@host:587` for STARTTLS. */
  readonly address: string;
  readonly password: string | null;
}

const MINUTE = 60_000;
/** Not now: too many connections or messages, or the server asks for patience (RFC 5321, 4.2.3). */
const LIMITS: readonly number[] = [421, 450, 451, 452];
const PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

interface SmtpFailure extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

/**
 * Hands one mail in, over a connection of its own that is over after `timeoutMs`, whatever the server does. Without TLS neither mail nor
 * password is sent, unless the policy says so. Replies 421 and 450–452 are a limit, others failures. Never throws. Sources: RFC 5321,
 * RFC 8314; nodemailer.
 */
export async function sendMail(
  { address, password }: MailServer,
  settings: MailSettings,
  email: Email,
  timeoutMs: number,
): Promise<Delivery> {
  const server = serverOf(address, settings, password);
  if (typeof server === 'string') return failed('bad-address', server);
  const socket = new Socket();
  const time = timeLimit(timeoutMs, socket);
  try {
    const { createTransport } = await import('nodemailer');
    const limits = {
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    };
    const transport = createTransport({ ...server, ...limits, socket });
    return await Promise.race([deliver(transport, settings, email), time.over]);
  } catch (error) {
    return judge(error as SmtpFailure);
  } finally {
    time.end();
    socket.destroy();
  }
}

interface Transport {
  sendMail(mail: object): Promise<unknown>;
}

async function deliver(
  transport: Transport,
  { sender, recipients }: MailSettings,
  { subject, text, html }: Email,
): Promise<Delivery> {
  await transport.sendMail({
    ...{ from: sender, to: [...recipients], subject, text, html },
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { kind: 'taken' };
}

function timeLimit(timeoutMs: number, socket: Socket) {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<Delivery>((resolve) => {
    timer = setTimeout(() => {
      resolve(failed('timeout', `the mail was not taken within ${timeoutMs} ms`));
      socket.destroy();
    }, timeoutMs);
  });
  return { over, end: () => clearTimeout(timer) };
}

const failed = (code: string, detail: string): Delivery => ({ kind: 'failed', code, detail });

/** Options of the connection; a sentence where the address is none that may be used. */
function serverOf(
  address: string,
  settings: MailSettings,
  password: string | null,
): object | string {
  if (!URL.canParse(address)) return 'the address is not a URL such as smtp://user@host:587';
  const { protocol, hostname, port, username } = new URL(address);
  const preset = PORTS[protocol];
  if (preset === undefined || hostname === '')
    return 'the address must begin with smtp:// or smtps://';
  const isPlain = protocol === 'smtp:' && settings.encryption === 'none';
  if (isPlain && password !== null && !isLoopback(hostname))
    return 'without TLS no password is sent';
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? preset : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && !isPlain,
    ignoreTLS: isPlain,
    tls: { minVersion: 'TLSv1.2', ...authorities(settings) },
    ...(password !== null && { auth: { user: decodeURIComponent(username), pass: password } }),
  };
}

/** Throws when the file cannot be read. */
const authorities = ({ authoritiesFile }: MailSettings): { readonly ca?: string } =>
  authoritiesFile === null ? {} : { ca: readFileSync(authoritiesFile, 'utf8') };

function judge({ code = 'failed', responseCode, message }: SmtpFailure): Delivery {
  if (responseCode !== undefined && LIMITS.includes(responseCode))
    return { kind: 'limited', code: `smtp-${responseCode}`, restMs: MINUTE };
  return failed(responseCode === undefined ? code : `smtp-${responseCode}`, message);
}
