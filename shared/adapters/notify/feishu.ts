import { createHmac } from 'node:crypto';
import { bytesOf, codeVerdict, type Format } from './format';
import { footOf, textsOf, titleOf, type Notice } from './notice';
import { oneLine } from './plain-text';

const MINUTE = 60_000;
/** 11232: more than 100 messages a minute or 5 a second; 9499: too many requests. */
const LIMITS = { 11_232: MINUTE, 9499: MINUTE };
const COLOURS = { info: 'blue', warning: 'orange', critical: 'red' } as const;

const plain = (content: string) => ({ tag: 'plain_text', content: oneLine(content) });

function cardOf(notice: Notice): object {
  const { links } = notice;
  const buttons = links.map(({ label, url }) => ({ tag: 'button', text: plain(label), url }));
  return {
    header: { template: COLOURS[notice.severity], title: plain(titleOf(notice)) },
    elements: [
      ...textsOf(notice).map((text) => ({ tag: 'div', text: plain(text) })),
      ...(buttons.length === 0 ? [] : [{ tag: 'action', actions: buttons }]),
      { tag: 'note', elements: [plain(footOf(notice))] },
    ],
  };
}

/**
 * Robots of Feishu groups: a card whose texts are all of the kind that is never interpreted. Signed in the body by `timestamp` (seconds)
 * and `sign`: base64 of HMAC-SHA256 over nothing, with `<timestamp>\n<secret>` as the key. HTTP 200 with a `code` other than 0 is a
 * refusal. Source: open.feishu.cn, custom bots.
 */
export const FEISHU: Format = {
  bytesMax: 20_000,
  envelope: (notice, secret, now) => {
    const message = { msg_type: 'interactive', card: cardOf(notice) };
    if (secret === null) return { body: JSON.stringify(message) };
    const timestamp = String(Math.floor(now / 1000));
    const sign = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
    return { body: JSON.stringify({ timestamp, sign, ...message }) };
  },
  lengthOf: ({ body }) => bytesOf(body),
  verdict: (reply) => codeVerdict(reply, ['code', 'StatusCode'], LIMITS),
};
