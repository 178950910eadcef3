import { describe, expect, it } from '@jest/globals';
import { lintPolicy } from '../../../shared/config/lint';
import { NOTIFICATION_RULES } from '../../../shared/config/lint-notifications';
import { loadPolicy } from '../../../shared/config/load-policy';
import { policySchema } from '../../../shared/config/schema';

type Written = Readonly<Record<string, unknown>>;

const CHANNEL = { name: 'ops', kind: 'dingtalk', url: 'env:OPS_URL', secret: 'env:OPS_SECRET' };

const fleetOf = (notifications: Written | null) =>
  policySchema.parse({
    version: 1,
    region: 'cn-hangzhou',
    pools: ['web', 'api'].map((name) => ({ name, targets: [{ loadBalancer: `lb-${name}` }] })),
    notifications,
  });

const withChannel = (parts: Written, more: Written = {}) =>
  fleetOf({ channels: [{ ...CHANNEL, ...parts }], ...more });

const CASES: readonly (readonly [
  string,
  ReturnType<typeof fleetOf>,
  ReturnType<typeof fleetOf>,
])[] = [
  ['nobody-is-told', fleetOf(null), withChannel({})],
  [
    'critical-alerts-unheard',
    withChannel({ pools: ['web'] }),
    withChannel({ pools: ['web', 'api'] }),
  ],
  ['channel-of-nobody', withChannel({ pools: ['web', 'shop'] }), withChannel({ pools: ['web'] })],
  ['channel-of-nobody', withChannel({ names: ['web'] }), withChannel({ names: [] })],
  [
    'channel-repeated',
    fleetOf({ channels: [CHANNEL, CHANNEL] }),
    fleetOf({ channels: [CHANNEL, { ...CHANNEL, name: 'more' }] }),
  ],
  ['channel-unsigned', withChannel({ secret: null }), withChannel({ kind: 'slack', secret: null })],
  [
    'secret-in-clear-text',
    withChannel({}, { console: 'https://console.example.com/?token=abc' }),
    withChannel({}, { console: 'https://console.example.com/evenkeel' }),
  ],
  [
    'secret-in-clear-text',
    withChannel({}, { console: 'https://me:pass@console.example.com/' }),
    withChannel({}, { console: null }),
  ],
];

describe('lint of notifications', () => {
  it.each(CASES)('says %s where it holds, and not next to it', (code, bad, good) => {
    const codes = (fleet: typeof bad) => lintPolicy(fleet).map((finding) => finding.code);
    expect(codes(bad)).toContain(code);
    expect(codes(good)).not.toContain(code);
  });

  it('has a case for each of its rules', () => {
    const covered = CASES.map(([code]) => code);
    expect(
      NOTIFICATION_RULES.map(({ code }) => code).filter((one) => !covered.includes(one)),
    ).toEqual([]);
  });
});

describe('the notifications section', () => {
  const problemsOf = (lines: string) => {
    const text = `version: 1\nregion: cn-hangzhou\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\nnotifications:\n  channels:\n    - { name: ops, kind: dingtalk, ${lines} }\n`;
    const read = loadPolicy(text, 'evenkeel.yaml');
    return read.kind === 'ok' ? [] : read.problems;
  };

  it.each(['url', 'secret'])(
    'refuses a %s in clear text, by its place, without repeating it',
    (field) => {
      const token = 'https://oapi.dingtalk.com/robot/send?access_token=abcdef0123';
      const rest = field === 'url' ? 'secret: env:A' : 'url: env:A';
      const [problem] = problemsOf(`${field}: "${token}", ${rest}`);
      expect(problem).toMatchObject({ line: 6, path: `notifications.channels[0].${field}` });
      expect(problem?.message).toContain('must be a reference such as env:EVENKEEL_');
      expect(JSON.stringify(problem)).not.toContain('abcdef0123');
    },
  );

  it('has defaults that work', () => {
    expect(withChannel({}).notifications).toEqual({
      consoleUrl: null,
      channels: [
        { ...CHANNEL, mail: null, from: 'warning', pools: null, names: null, perMinute: 18 },
      ],
      repeatEveryMs: 3_600_000,
      timeoutMs: 2000,
      delayMaxMs: 3000,
      attemptsMax: 10,
      retryAfterMs: 3000,
    });
  });

  it('takes mail from whom to whom, of a channel of kind email alone, over TLS unless it says otherwise', () => {
    const mail = { sender: 'evenkeel@example.com', recipients: ['ops@example.com'] };
    expect(withChannel({ kind: 'email', mail }).notifications?.channels).toMatchObject([
      { kind: 'email', mail: { ...mail, encryption: 'required', authoritiesFile: null } },
    ]);
    for (const wrong of [
      { kind: 'email' },
      { kind: 'slack', mail },
      { kind: 'email', mail: { ...mail, recipients: [] } },
      { kind: 'email', mail: { ...mail, sender: 'a@b.c\r\nBcc: d@e.f' } },
    ])
      expect(() => withChannel(wrong)).toThrow();
  });

  it('takes a console address only when it is one of the web', () => {
    for (const console of ['javascript:alert(1)', 'console.example.com', 'ftp://x.example/'])
      expect(() => withChannel({}, { console })).toThrow();
  });
});
