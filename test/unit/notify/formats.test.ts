import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChannelKind } from '../../../shared/config/notification-settings';
import { type Alert } from '../../../shared/domain/proposal';
import { verifySignedCall } from '../../../shared/runtime/secret';
import {
  type ChannelServer,
  type ReceivedMessage,
  type ScriptedReply,
  startChannelServer,
} from '../../support/channel-server';
import { aChannel, anAlert, SECRET, someAlerts } from '../../support/notify';
import { TestClock } from '../../support/test-clock';

const servers: ChannelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

/** Kinds that are posted to; mail has tests of its own. */
type PostedKind = Exclude<ChannelKind, 'email'>;

const ACCEPTED: Readonly<Record<PostedKind, string>> = {
  dingtalk: '{"errcode":0,"errmsg":"ok"}',
  feishu: '{"code":0,"msg":"success","data":{}}',
  wecom: '{"errcode":0,"errmsg":"ok"}',
  slack: 'ok',
  webhook: '',
};
const KINDS = Object.keys(ACCEPTED) as readonly PostedKind[];

interface Sent {
  readonly message: ReceivedMessage;
  readonly lines: readonly string[];
  readonly clock: TestClock;
}

async function send(
  kind: PostedKind,
  {
    message,
    subject = 'web',
    key = 'panic/1234567',
    reason = 'cloud-unreadable',
    consoleUrl = null,
    reply = {},
  }: {
    message?: string;
    subject?: string;
    key?: string;
    reason?: Alert['reason'];
    consoleUrl?: string | null;
    reply?: ScriptedReply;
  } = {},
): Promise<Sent> {
  const server = await startChannelServer({ body: ACCEPTED[kind], ...reply });
  servers.push(server);
  const clock = new TestClock();
  const channels = [aChannel({ kind, secret: kind === 'slack' ? null : 'env:SECRET_OF_OPS' })];
  const { alerts, lines } = someAlerts({
    ...{ channels, clock },
    variables: { URL_OF_OPS: server.url },
    settings: { consoleUrl },
  });
  await alerts.raise(subject, anAlert({ key, reason, ...(message !== undefined && { message }) }));
  expect(server.received).toHaveLength(1);
  return { message: server.received[0]!, lines, clock };
}

const isFailure = (lines: readonly string[]): boolean =>
  lines.some((line) => line.includes('a channel did not take an alert'));

/** Every text of a body, whatever its form. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

describe('signatures, computed anew as the vendors document them', () => {
  it('DingTalk: timestamp in milliseconds and base64 of HMAC-SHA256 over both in the address, beside the token', async () => {
    const { message, clock } = await send('dingtalk');
    const timestamp = message.query.get('timestamp') ?? '';
    expect(Number(timestamp)).toBe(clock.now());
    const expected = createHmac('sha256', Buffer.from(SECRET))
      .update(Buffer.from(`${timestamp}\n${SECRET}`))
      .digest('base64');
    expect(message.query.get('sign')).toBe(expected);
    expect(message.query.get('access_token')).toBe('token-0123456789');
  });

  it('Feishu: timestamp in seconds and an HMAC over nothing, whose key is both, in the body', async () => {
    const { message, clock } = await send('feishu');
    const { timestamp, sign } = message.json as { timestamp: string; sign: string };
    expect(timestamp).toBe(String(Math.floor(clock.now() / 1000)));
    const hmac = createHmac('sha256', `${timestamp}\n${SECRET}`);
    expect(sign).toBe(hmac.update(Buffer.alloc(0)).digest('base64'));
  });

  it('a webhook: what on-alarm itself would accept, and nothing that was changed on the way', async () => {
    const { message, clock } = await send('webhook');
    const call = {
      timestamp: String(message.headers['x-evenkeel-timestamp']),
      signature: String(message.headers['x-evenkeel-signature']),
      body: Buffer.from(message.text),
    };
    const at = { now: clock.now(), skewMs: 300_000 };
    expect(verifySignedCall(call, [SECRET], at)).toBe('valid');
    expect(verifySignedCall({ ...call, body: Buffer.from('{}') }, [SECRET], at)).toBe('wrong');
  });
});

describe('what a message says', () => {
  it.each(KINDS)('%s: what, why, where to look, and under which code', async (kind) => {
    const { message, lines } = await send(kind);
    const text = textsIn(message.json).join(' ');
    expect(text).toContain('fewer than half of the backends are healthy');
    expect(text).toContain('CRITICAL web');
    expect(text).toContain('cloud-unreadable');
    expect(text).toContain('evenkeel explain --pool web --at 2026-11-21T03:00:00.000Z');
    expect(isFailure(lines)).toBe(false);
  });

  it.each(KINDS)(
    '%s: says of a pool that is only watched that nothing was written',
    async (kind) => {
      const watched = await send(kind, { subject: 'api' });
      expect(textsIn(watched.message.json).join(' ')).toContain('nothing was written to the cloud');
      const enforced = await send(kind, { subject: 'web' });
      expect(textsIn(enforced.message.json).join(' ')).not.toContain('nothing was written');
    },
  );

  it.each(KINDS)('%s: links to the console, and to yes and no where a move waits', async (kind) => {
    const approval = {
      subject: 'name/shop',
      key: 'approval/move-7/1234567',
      consoleUrl: 'https://console.example.com/evenkeel',
    };
    const text = textsIn((await send(kind, approval)).message.json).join(' ');
    for (const answer of ['approve', 'reject'])
      expect(text).toContain(
        `https://console.example.com/evenkeel?name=shop&move=move-7&answer=${answer}`,
      );
    expect(text).toContain('evenkeel explain --name shop');
    const plain = textsIn((await send(kind, { subject: 'name/shop' })).message.json).join(' ');
    expect(plain).not.toContain('answer=');
  });

  it('has the words of a pool for a pool, and those of a name for a name', async () => {
    const words = async (subject: string) =>
      textsIn((await send('webhook', { subject, reason: 'guard-frozen' })).message.json).join(' ');
    expect(await words('name/shop')).toContain('A person froze the name.');
    expect(await words('web')).not.toContain('A person froze the name.');
  });

  it('DingTalk: an action card with buttons where there are links, else plain Markdown', async () => {
    const consoleUrl = 'https://console.example.com/';
    const card = await send('dingtalk', { consoleUrl });
    expect(card.message.json).toMatchObject({
      msgtype: 'actionCard',
      actionCard: { btns: [{ title: 'Open', actionURL: expect.stringContaining('pool=web') }] },
    });
    expect((await send('dingtalk')).message.json).toMatchObject({ msgtype: 'markdown' });
  });

  it('Feishu, WeCom and Slack: the forms that these take', async () => {
    expect((await send('feishu')).message.json).toMatchObject({
      msg_type: 'interactive',
      card: { header: { template: 'red', title: { tag: 'plain_text' } } },
    });
    expect((await send('wecom')).message.json).toMatchObject({ msgtype: 'markdown' });
    expect((await send('slack')).message.json).toMatchObject({
      text: 'CRITICAL web',
      blocks: [
        { type: 'header' },
        { type: 'section' },
        { type: 'section' },
        { type: 'section' },
        { type: 'context' },
      ],
    });
  });
});

describe('a message that is too long', () => {
  const LONG = `web: ${'健'.repeat(25_000)}`;
  const MAXIMA: readonly (readonly [
    PostedKind,
    (json: unknown, text: string) => number,
    number,
  ])[] = [
    ['dingtalk', (_, text) => Buffer.byteLength(text), 20_000],
    ['feishu', (_, text) => Buffer.byteLength(text), 20_000],
    [
      'wecom',
      (json) => Buffer.byteLength((json as { markdown: { content: string } }).markdown.content),
      4096,
    ],
    ['slack', (json) => Math.max(...textsIn(json).map((text) => text.length)), 3000],
    ['webhook', (_, text) => Buffer.byteLength(text), 65_536],
  ];

  it.each(MAXIMA)(
    '%s: is cut to what the service takes, and says so',
    async (kind, length, max) => {
      const { message } = await send(kind, { message: LONG });
      expect(length(message.json, message.text)).toBeLessThanOrEqual(max);
      const text = textsIn(message.json).join(' ');
      expect(text).toContain('健健健');
      expect(text).toContain('(cut: the service takes no more');
      expect(text).toContain('evenkeel explain --pool web');
    },
  );
});

describe('names and reasons that others wrote', () => {
  const EVIL =
    '<!channel> <at id=all></at> <@boss> <a href=x>y</a> [click](evil.example) ![i](x)\n# big\n> quote `code` *bold* @all \u202Eesrever i-a_b_c &lt;';

  it('cannot be links, mentions, headings or tags in Markdown, and ids stay as they are', async () => {
    for (const kind of ['dingtalk', 'wecom'] as const) {
      const { json } = (await send(kind, { message: EVIL })).message;
      const texts = textsIn(json);
      const text = texts.find((one) => one.includes('evil.example')) ?? '';
      const line = text.split('\n').find((one) => one.includes('evil.example')) ?? '';
      expect(line).not.toMatch(/[<>[\]`*#@\u202E]/);
      expect(line).toContain('big'); // the line end is gone
      expect(line).toContain('i-a_b_c');
    }
  });

  it('stand in Feishu only where nothing is interpreted', async () => {
    const { json } = (await send('feishu', { message: EVIL })).message;
    const tags = (value: unknown): readonly string[] => {
      if (typeof value !== 'object' || value === null) return [];
      const own = 'content' in value && 'tag' in value ? [String(value.tag)] : [];
      return [...own, ...Object.values(value).flatMap(tags)];
    };
    expect(new Set(tags(json))).toEqual(new Set(['plain_text']));
  });

  it('cannot call a channel in Slack', async () => {
    const { json } = (await send('slack', { message: EVIL })).message;
    expect(textsIn(json).join(' ')).not.toMatch(/[<>]/);
    const blocks = (json as { blocks: readonly { text?: { type: string } }[] }).blocks;
    for (const { text } of blocks) expect(text?.type ?? 'plain_text').toBe('plain_text');
  });

  it('lose addresses and keys, as in the log', async () => {
    const { text } = (
      await send('webhook', {
        message: 'see https://x.example/?Signature=abc LTAI0123456789abcdef',
      })
    ).message;
    expect(text).not.toMatch(/x\.example|LTAI0123/);
  });
});

describe('answers', () => {
  const REFUSED: readonly (readonly [PostedKind, ScriptedReply, string])[] = [
    ['dingtalk', { body: '{"errcode":310000,"errmsg":"sign not match"}' }, 'code-310000'],
    ['dingtalk', { body: '<html>' }, 'unreadable-reply'],
    ['dingtalk', { status: 500, body: '{"errcode":0}' }, 'status-500'],
    ['dingtalk', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, 'status-302'],
    ['feishu', { body: '{"code":19021,"msg":"sign match fail"}' }, 'code-19021'],
    ['feishu', { body: '{"StatusCode":9,"StatusMessage":"no"}' }, 'code-9'],
    ['wecom', { body: '{"errcode":93000,"errmsg":"invalid webhook url"}' }, 'code-93000'],
    ['slack', { body: 'invalid_payload' }, 'not-ok'],
    ['slack', { status: 404, body: 'no_service' }, 'status-404'],
    ['webhook', { status: 401 }, 'status-401'],
  ];

  it.each(REFUSED)('%s %j is a failure', async (kind, reply, code) => {
    const { lines } = await send(kind, { reply });
    const failure = lines.find((line) => line.includes('did not take')) ?? '{}';
    expect(JSON.parse(failure)).toMatchObject({ code, channel: 'ops', kind });
  });

  it('never bring the address, its token or the secret into the log', async () => {
    const echo = `wrong: token-0123456789 ${SECRET} https://oapi.example/robot?access_token=token-0123456789`;
    const body = JSON.stringify({ errcode: 400, errmsg: echo });
    const { lines } = await send('dingtalk', { reply: { body } });
    expect(isFailure(lines)).toBe(true);
    expect(lines.join('\n')).not.toMatch(/token-0123456789|SEC-0123|oapi\.example|127\.0\.0\.1/);
  });
});
