import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { MemoryStateStore } from '../../../shared/adapters/memory/memory-state-store';
import { type MailSettings } from '../../../shared/config/notification-settings';
import { type Alert } from '../../../shared/domain/proposal';
import { millis } from '../../../shared/domain/units';
import { aChannel, anAlert, someAlerts } from '../../support/notify';
import {
  type LocalCertificate,
  makeCertificate,
  type SmtpScript,
  type SmtpServer,
  startSmtpServer,
} from '../../support/smtp-server';

const PASSWORD = 'correct-horse-battery';
const TIMEOUT_MS = 700;

let certificate: LocalCertificate;
const servers: SmtpServer[] = [];
beforeAll(() => {
  certificate = makeCertificate();
});
afterAll(() => certificate.remove());
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function aServer(script: SmtpScript = {}): Promise<SmtpServer> {
  const server = await startSmtpServer(certificate, { password: PASSWORD, ...script });
  servers.push(server);
  return server;
}

interface Options {
  readonly mail?: Partial<MailSettings>;
  readonly address?: string;
  readonly password?: string;
  readonly hasPassword?: boolean;
  readonly perMinute?: number;
}

/** A worker that tells by mail what it is told. */
function aWorker(server: Pick<SmtpServer, 'port'>, options: Options = {}) {
  const { mail, hasPassword = true, perMinute = 400, password = PASSWORD } = options;
  const clock = new SystemClock();
  const channel = aChannel({
    ...{ kind: 'email', perMinute, secret: hasPassword ? 'env:SECRET_OF_OPS' : null },
    mail: {
      ...{ sender: 'evenkeel@example.com', recipients: ['ops@example.com', 'night@example.com'] },
      ...{ encryption: 'required', authoritiesFile: certificate.certificateFile },
      ...mail,
    },
  });
  return someAlerts({
    ...{ channels: [channel], clock, store: new MemoryStateStore(clock) },
    settings: {
      consoleUrl: 'https://console.example.com/',
      ...{ timeoutMs: millis(TIMEOUT_MS), delayMaxMs: millis(TIMEOUT_MS + 200) },
    },
    variables: {
      URL_OF_OPS: options.address ?? `smtp://ops@localhost:${server.port}`,
      SECRET_OF_OPS: password,
    },
  });
}

async function tell(
  server: Pick<SmtpServer, 'port'>,
  options: Options = {},
  alert: Partial<Alert> = {},
): Promise<string> {
  const { alerts, lines } = aWorker(server, options);
  await alerts.raise('web', anAlert(alert));
  return lines.filter((line) => line.includes('a channel did not take')).join('\n');
}

/** The text of a mail without its transfer encoding. */
const decoded = (text: string): string =>
  text
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

describe('an alert by mail', () => {
  it('goes over STARTTLS to everybody, as text and HTML, with the reason, the command and a link', async () => {
    const server = await aServer();
    expect(await tell(server)).toBe('');
    const [mail] = server.received;
    expect(mail).toMatchObject({ isEncrypted: true, user: 'ops' });
    expect(mail!.sender).toContain('<evenkeel@example.com>');
    expect(mail!.recipients.join()).toMatch(/ops@example\.com.*night@example\.com/);
    const text = decoded(mail!.text);
    expect(text).toMatch(/^Subject: \[evenkeel\] CRITICAL web: cloud-unreadable\r$/m);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(text).toContain('web: fewer than half of the backends are healthy');
    expect(text).toContain('evenkeel explain --pool web');
    expect(text).toContain('Open: https://console.example.com/?pool=web');
    expect(text).toContain('<a href="https://console.example.com/?pool=web&amp;at=');
  });

  it('goes over TLS from the first byte to a server of that kind', async () => {
    const server = await aServer({ isImplicit: true });
    const address = `smtps://ops@localhost:${server.port}`;
    expect(await tell(server, { address })).toBe('');
    expect(server.received).toMatchObject([{ isEncrypted: true, user: 'ops' }]);
  });

  it('is not sent, and no password either, where the server has no TLS', async () => {
    const server = await aServer({ offersTls: false });
    expect(await tell(server)).toContain('"code":"');
    expect(server.received).toEqual([]);
  });

  it('is not sent to a server whose certificate nobody vouches for', async () => {
    const server = await aServer();
    expect(await tell(server, { mail: { authoritiesFile: null } })).toContain('"code":"');
    expect(server.received).toEqual([]);
  });

  it('goes without TLS to a relay on this machine when the policy says so, and takes no password elsewhere', async () => {
    const server = await aServer({ offersTls: false });
    const mail = { encryption: 'none' } as const;
    expect(await tell(server, { mail, hasPassword: false })).toBe('');
    expect(server.received).toMatchObject([{ isEncrypted: false, user: null }]);
    const address = 'smtp://ops@mail.example.com:25';
    expect(await tell(server, { mail, address })).toContain('without TLS no password is sent');
  });

  it('fails with the server’s code when the password is wrong, which the log does not repeat', async () => {
    const server = await aServer();
    const refused = await tell(server, { password: 'wrong-password-0123' });
    expect(refused).toContain('smtp-535');
    expect(refused).not.toContain('wrong-password-0123');
    expect(refused).not.toContain(
      Buffer.from('\0ops\0wrong-password-0123').toString('base64').slice(8, 24),
    );
  });

  it.each([
    ['before its greeting', 'greeting'],
    ['in the middle', 'DATA'],
  ] as const)('gives up in time when the server hangs %s', async (_, hangsAt) => {
    const server = await aServer({ hangsAt });
    const startedAt = performance.now();
    expect(await tell(server)).toMatch(/timeout|ETIMEDOUT/);
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1500);
  });

  it('waits when the server asks for patience, and fails when nobody listens', async () => {
    const server = await aServer({ reply: '451 greylisted, come again' });
    expect(await tell(server)).toContain('smtp-451');
    await server.stop();
    servers.splice(0);
    expect(await tell({ port: server.port })).toContain('"code":"');
  });

  it('has a subject of one line and no tag of others, whatever a name or a reason holds', async () => {
    const server = await aServer();
    const message =
      'web-1\r\nBcc: evil@example.com\r\n\r\n<script>alert(1)</script> "x" & \u202Egnp.exe';
    const reason = 'panic\r\nBcc: evil@example.com' as Alert['reason'];
    expect(await tell(server, {}, { message, reason })).toBe('');
    const text = decoded(server.received[0]!.text);
    expect(text).not.toMatch(/^Bcc:/m);
    const html = text.slice(text.indexOf('text/html'));
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;');
    expect(server.received[0]!.recipients.join()).not.toContain('evil');
  });

  it('is told once for the same alert, and no oftener than the channel may', async () => {
    const server = await aServer();
    const { alerts, lines } = aWorker(server, { perMinute: 8 });
    await alerts.raise('web', anAlert());
    await alerts.raise('web', anAlert());
    expect(server.received).toHaveLength(1);
    for (let index = 0; index < 4; index += 1)
      await alerts.raise('web', anAlert({ key: `other-${index}/1`, severity: 'warning' }));
    expect(server.received.length).toBeLessThan(4);
    expect(lines.join()).toContain('channel-limit');
  });
});
