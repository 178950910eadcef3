import { createHmac } from 'node:crypto';
import { bytesOf, codeVerdict, type Format } from './format';
import { footOf, OBSERVED, titleOf, type Notice } from './notice';
import { forMarkdown, oneLine } from './plain-text';

const TEN_MINUTES = 600_000;
/** 130101: more than 20 messages a minute; the robot is shut for ten. */
const LIMITS = { 130_101: TEN_MINUTES };

function markdownOf(notice: Notice): string {
  const { explanation, message, mode, command } = notice;
  return [
    `### ${forMarkdown(titleOf(notice))}`,
    forMarkdown(message),
    forMarkdown(explanation),
    ...(mode === 'observe' ? [OBSERVED] : []),
    ...(command === null ? [] : [`> ${forMarkdown(command)}`]),
    forMarkdown(footOf(notice)),
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}

/**
 * Robots of DingTalk groups: an action card with a button for each link, or plain Markdown where there are none. Signed by `timestamp`
 * (milliseconds) and `sign` in the address: base64 of HMAC-SHA256 by the secret over `<timestamp>\n<secret>`. HTTP 200 with an
 * `errcode` other than 0 is a refusal. Sources: open.dingtalk.com, custom robot access, message types and security settings.
 */
export const DINGTALK: Format = {
  bytesMax: 20_000,
  envelope: (notice, secret, now) => {
    const title = oneLine(titleOf(notice));
    const text = markdownOf(notice);
    const message =
      notice.links.length === 0
        ? { msgtype: 'markdown', markdown: { title, text } }
        : {
            msgtype: 'actionCard',
            actionCard: {
              ...{ title, text, btnOrientation: '0' },
              btns: notice.links.map(({ label, url }) => ({ title: label, actionURL: url })),
            },
          };
    const body = JSON.stringify(message);
    if (secret === null) return { body };
    const sign = createHmac('sha256', secret).update(`${now}\n${secret}`).digest('base64');
    return { body, query: { timestamp: String(now), sign } };
  },
  lengthOf: ({ body }) => bytesOf(body),
  verdict: (reply) => codeVerdict(reply, ['errcode'], LIMITS),
};
