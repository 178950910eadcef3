import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls';

/** A mail as it was handed in. */
export interface ReceivedMail {
  readonly isEncrypted: boolean;
  readonly user: string | null;
  readonly sender: string;
  readonly recipients: readonly string[];
  /** Headers and body, as they went over the wire. */
  readonly text: string;
}

export interface SmtpScript {
  /** STARTTLS is offered; default true. */
  readonly offersTls?: boolean;
  /** TLS from the first byte. */
  readonly isImplicit?: boolean;
  readonly password?: string;
  /** What is answered to a mail. */
  readonly reply?: string;
  /** Nothing is said at all, or nothing from this command on. */
  readonly hangsAt?: 'greeting' | 'DATA';
}

export interface SmtpServer {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  readonly stop: () => Promise<void>;
}

export interface LocalCertificate {
  readonly key: string;
  readonly cert: string;
  readonly certificateFile: string;
  readonly remove: () => void;
}

/** A certificate for `localhost` that nobody vouches for, made by openssl. */
export function makeCertificate(): LocalCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-certificate-'));
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const made = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', keyFile, '-out', certificateFile, '-days', '30', '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:localhost'],
  ]);
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr.toString()}`);
  return {
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certificateFile, 'utf8'),
    certificateFile,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A mail server on loopback that speaks as much of RFC 5321 as a client needs, and does what it is told to. */
export async function startSmtpServer(
  { key, cert }: Pick<LocalCertificate, 'key' | 'cert'>,
  script: SmtpScript = {},
): Promise<SmtpServer> {
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  const greet = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    new Session(socket, { key, cert }, script, received).begin();
  };
  const server: Server = script.isImplicit
    ? createTlsServer({ key, cert }, greet)
    : createServer(greet);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    received,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** One conversation. */
class Session {
  private readonly script: SmtpScript;
  private readonly identity: { readonly key: string; readonly cert: string };
  private readonly received: ReceivedMail[];
  private socket: Socket;
  private pending = '';
  private data: string | null = null;
  private isEncrypted: boolean;
  private user: string | null = null;
  private sender = '';
  private recipients: string[] = [];

  constructor(
    socket: Socket,
    identity: { readonly key: string; readonly cert: string },
    script: SmtpScript,
    received: ReceivedMail[],
  ) {
    this.socket = socket;
    this.identity = identity;
    this.script = script;
    this.received = received;
    this.isEncrypted = script.isImplicit === true;
  }

  begin(): void {
    this.listen();
    if (this.script.hangsAt !== 'greeting') this.say('220 localhost ready');
  }

  private listen(): void {
    this.socket.on('data', (chunk: Buffer) => {
      this.pending += chunk.toString('utf8');
      for (let end = this.pending.indexOf('\r\n'); end >= 0; end = this.pending.indexOf('\r\n')) {
        const line = this.pending.slice(0, end);
        this.pending = this.pending.slice(end + 2);
        this.hear(line);
      }
    });
  }

  private say(...lines: readonly string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''));
  }

  private hear(line: string): void {
    if (this.data !== null) {
      this.hearData(line);
      return;
    }
    const verb = line.split(' ')[0]?.toUpperCase() ?? '';
    if (verb === 'EHLO') this.welcome();
    else if (verb === 'STARTTLS') this.encrypt();
    else if (verb === 'AUTH') this.authenticate(line);
    else if (verb === 'MAIL') this.take(() => (this.sender = line));
    else if (verb === 'RCPT') this.take(() => this.recipients.push(line));
    else if (verb === 'DATA') this.beginData();
    else if (verb === 'QUIT') this.say('221 bye');
    else this.say('502 not known');
  }

  private take(note: () => unknown): void {
    note();
    this.say('250 ok');
  }

  private welcome(): void {
    const mayEncrypt = this.script.offersTls !== false && !this.isEncrypted;
    const mayLogIn = this.script.password !== undefined;
    this.say(
      '250-localhost',
      ...(mayEncrypt ? ['250-STARTTLS'] : []),
      ...(mayLogIn ? ['250-AUTH PLAIN'] : []),
      '250 8BITMIME',
    );
  }

  private encrypt(): void {
    if (this.script.offersTls === false) {
      this.say('454 TLS not available');
      return;
    }
    this.say('220 go ahead');
    const plain = this.socket;
    plain.removeAllListeners('data');
    const secureContext = createSecureContext(this.identity);
    this.socket = new TLSSocket(plain, { isServer: true, secureContext });
    this.socket.on('error', () => undefined);
    this.isEncrypted = true;
    this.listen();
  }

  private authenticate(line: string): void {
    const [, user = '', password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
      .toString('utf8')
      .split('\0');
    if (password !== this.script.password) {
      this.say(`535 the password ${password ?? ''} is wrong`); // some servers say more than they should
      return;
    }
    this.user = user;
    this.say('235 welcome');
  }

  private beginData(): void {
    if (this.script.hangsAt === 'DATA') return;
    this.data = '';
    this.say('354 go on');
  }

  private hearData(line: string): void {
    if (line !== '.') {
      this.data = `${this.data ?? ''}${line}\r\n`;
      return;
    }
    const { isEncrypted, user, sender, recipients, data } = this;
    const reply = this.script.reply ?? '250 taken';
    if (reply.startsWith('2'))
      this.received.push({ isEncrypted, user, sender, recipients, text: data ?? '' });
    this.data = null;
    this.say(reply);
  }
}
